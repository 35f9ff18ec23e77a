"""Writes what lands: text and bytes as they are, rows in the format that the file's name asks for."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Content = str | bytes | Sequence[Mapping[str, Any]]


def write_file(file: Path, content: Content) -> Path:
    """Write one file; rows become CSV (`.csv`), Parquet (`.parquet`), or one JSON object a line (any other name)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif isinstance(content, str):
        file.write_text(content, encoding="utf-8")
    elif file.suffix == ".csv":
        _write_csv(file, content)
    elif file.suffix == ".parquet":
        _write_parquet(file, content)
    else:
        file.write_text("".join(f"{json.dumps(row, default=_text)}\n" for row in content), encoding="utf-8")
    return file


def copy_in(source: Path, folder: Path) -> Path:
    """Copy a file into a folder, or what is in a folder into another one."""
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.copyfile(source, folder / source.name)


def _write_csv(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_field(row.get(name)) for name in columns] for row in rows)


def _write_parquet(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), file)


def _field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, default=_text).strip('"')


def _text(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{value!r} cannot be written to a landing file; give it as text, a number, a list or a dict")
