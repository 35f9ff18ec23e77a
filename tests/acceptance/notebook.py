"""Runs a notebook as a reader does: from top to bottom, in a kernel of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
_SECONDS_PER_CELL = 120


def frames_of_notebook(notebook: Path, folder: Path, names: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """Rows of frames that a notebook has made when it ends, its current folder being `folder`.

    Raises CellExecutionError with the traceback of the cell if one fails.
    """
    cells = nbformat.read(notebook, as_version=4)
    asked = ", ".join(f"{name!r}: json.loads({name}.reset_index().to_json(orient='records'))" for name in names)
    cells.cells.append(nbformat.v4.new_code_cell(f"import json\nprint(json.dumps({{{asked}}}))"))
    client = NotebookClient(cells, timeout=_SECONDS_PER_CELL, resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})
    (printed,) = cells.cells[-1].outputs
    result: dict[str, list[dict[str, Any]]] = json.loads(printed.text)
    return result
