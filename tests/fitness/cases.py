"""Given and expected rows in YAML: one file is one case, its folder names the data set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """Rows of some tables, and the rows of a data set that they make.

    `defaults` are the values of columns that rows leave out, in given and in expected rows; all others are NULL.
    """

    data_set: str
    rule: str
    given: Mapping[str, list[Row]]
    expected: list[Row]
    defaults: Row

    @classmethod
    def read(cls, path: Path) -> Case:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        unknown = set(text) - {"rule", "defaults", "given", "expect"}
        if unknown:
            raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}; a case has rule, defaults, given, expect")
        return cls(path.parent.name, text["rule"], text["given"], text["expect"], text.get("defaults") or {})

    def table(self, spark: SparkSession, name: str, schema: str) -> DataFrame:
        """The given rows of a table; none if the case does not mention it."""
        struct = StructType.fromDDL(schema)
        rows = [complete(row, struct, self.defaults) for row in self.given.get(name) or []]
        return spark.createDataFrame(pa.Table.from_pylist(rows, to_arrow_schema(struct, timezone="UTC")), struct)


def case_files() -> list[Path]:
    return sorted(FOLDER.glob("*/*.yaml"))


def complete(row: Row, schema: StructType, defaults: Row) -> Row:
    """The row with a value for each column; a column that the table does not have is a mistake in the case."""
    unknown = set(row) - set(schema.names)
    if unknown:
        raise ValueError(f"no column {', '.join(sorted(unknown))}; there are {', '.join(schema.names)}")
    return {name: _plain(row.get(name, defaults.get(name))) for name in schema.names}


def rows_of(frame: DataFrame) -> list[Row]:
    """All rows with instants as in the cases: naive, in UTC."""
    return [_plain(row) for row in frame.toArrow().to_pylist()]


def in_one_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN"  # else it would differ from itself
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
