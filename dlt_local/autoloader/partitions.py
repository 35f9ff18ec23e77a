"""Partition columns: `key=value` folders between the source path and a file."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyspark.sql import functions as F
from pyspark.sql.types import (
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from dlt_local.autoloader.files import SourceFile, folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import Column

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_LARGEST_INTEGER, _LARGEST_LONG = 2**31 - 1, 2**63 - 1
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def partition_columns(
    path: str, files: Sequence[SourceFile], chosen: tuple[str, ...] | None, *, typed: bool
) -> StructType:
    """Columns that the folders of `files` name, or the chosen ones; STRING unless types are wanted."""
    root = folder_of(path)
    values: dict[str, list[str]] = {name: [] for name in chosen or ()}
    for file in files:
        folders = file.path.relative_to(root).parts[:-1] if file.path != root else ()
        for key, _, value in (folder.partition("=") for folder in folders if "=" in folder):
            if chosen is None or key in chosen:
                values.setdefault(key, []).append(unquote(value))
    types = {name: _type(found) if typed else StringType() for name, found in values.items()}
    return StructType([StructField(name, data_type) for name, data_type in types.items()])


def partition_text(name: str) -> Column:
    """The value of a partition folder, from the path of the file."""
    folder = F.regexp_extract(F.col("_metadata.file_path"), f".*/{re.escape(name)}=([^/]*)/", 1)
    # Spark escapes the value in the name of the folder, and then that name in the URL of the file.
    text = _decoded(_decoded(folder))
    return F.when(text.isin("", _NO_VALUE), F.lit(None)).otherwise(text)


def _decoded(text: Column) -> Column:
    return F.coalesce(F.try_url_decode(F.replace(text, F.lit("+"), F.lit("%2B"))), text)


def _type(values: Sequence[str]) -> DataType:
    filled = [value for value in values if value != _NO_VALUE]
    candidates: list[tuple[Callable[[str], object], DataType]] = [
        (_integer, IntegerType()),
        (_long, LongType()),
        (float, DoubleType()),
        (_date, DateType()),
        (datetime.fromisoformat, TimestampType()),
    ]
    fitting = (data_type for parse, data_type in candidates if filled and all(_parses(parse, text) for text in filled))
    return next(fitting, StringType())


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _integer(text: str) -> None:
    _number(text, _LARGEST_INTEGER)


def _long(text: str) -> None:
    _number(text, _LARGEST_LONG)


def _number(text: str, largest: int) -> None:
    if abs(int(text)) > largest:
        raise ValueError(text)


def _date(text: str) -> None:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    date.fromisoformat(text)
