"""Pipeline sources with Auto Loader tables, and what their tables hold."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

NONE: Mapping[str, object] = MappingProxyType({})
HEAD = """
from pyspark import pipelines as dp
from pyspark.sql import functions as F
"""


def stream(
    file_format: str, feed: str, *, schema: str = "", options: Mapping[str, object] = NONE, **more: object
) -> str:
    """The expression of a stream over `<landing>/<feed>`; Auto Loader's own options are given without their prefix."""
    given = {f"cloudFiles.{name}" if name in _OWN else name: value for name, value in {**options, **more}.items()}
    calls = "".join(f".option({name!r}, {value!r})" for name, value in given.items())
    declared = f".schema({schema!r})" if schema else ""
    start = f'spark.readStream.format("cloudFiles").option("cloudFiles.format", {file_format!r})'
    return f'{start}{calls}{declared}.load(spark.conf.get("landing") + "/{feed}")'


def table(name: str, expression: str, *, decorator: str = "table") -> str:
    """The declaration of a streaming table, or a view, with this query."""
    return f"\n\n@dp.{decorator}\ndef {name}():\n    return {expression}\n"


def declare(pipeline: PipelineProject, *declarations: str) -> None:
    """Make these the whole pipeline."""
    pipeline.source("tables.py", HEAD + "".join(declarations))


def rows(pipeline: PipelineProject, name: str) -> list[tuple[Any, ...]]:
    """Rows as tuples, sorted by their text; rescued data as a dictionary without the path."""
    return sorted(
        (tuple(_plain(column, value) for column, value in row.items()) for row in pipeline.table(name)), key=str
    )


def columns(pipeline: PipelineProject, name: str) -> dict[str, str]:
    """Columns of a table with their types, in order."""
    from dlt_local.stores.state import TableFolder
    from dlt_local.stores.tables import stored_schema

    schema = stored_schema(TableFolder(pipeline.path(name)))
    return {field.name: field.dataType.simpleString() for field in schema.fields}


def uri(file: Path) -> str:
    """The path of a file as Spark writes it."""
    return file.as_uri().replace("file:///", "file:/")


def _plain(column: str, value: Any) -> Any:
    if column != "_rescued_data" or value is None:
        return value
    rescued = json.loads(value)
    rescued.pop("_file_path")
    return rescued


_OWN = frozenset(
    {
        "allowOverwrites",
        "cleanSource",
        "includeExistingFiles",
        "inferColumnTypes",
        "maxBytesPerTrigger",
        "maxFilesPerTrigger",
        "partitionColumns",
        "schemaEvolutionMode",
        "schemaHints",
        "schemaLocation",
    }
)
