"""Small bundles on disk for tests of what reads bundles."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.bundle.rendering import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_OURS = ("databricks.yml", "resources", "dlt_pipelines", "jobs", "dashboards")


def written(root: Path, files: Mapping[str, str]) -> Path:
    """The folder with these files in it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def our_bundle(root: Path) -> Path:
    """A copy of the bundle of this repository, with a file in each folder that `sync` names."""
    for name in _OURS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, root / name)
    return root
