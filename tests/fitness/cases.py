"""Given and expected rows in YAML: one file is one case, its folder names the data set."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from tests.fitness.data_sets import DATA_SETS, MADE_ON_THE_WAY, SETTINGS, SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from fitness.settings import Settings

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """Rows of some tables, and the rows of a data set that they make.

    `defaults` are the values of columns that rows leave out, in given and in expected rows; all others are NULL.
    `settings` are those of the pipeline that are not as by default.
    """

    data_set: str
    rule: str
    given: Mapping[str, list[Row]]
    expected: list[Row]
    defaults: Row
    settings: Settings

    @classmethod
    def read(cls, path: Path) -> Case:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        unknown = set(text) - {"rule", "settings", "defaults", "given", "expect"}
        if unknown:
            raise ValueError(
                f"{path}: unknown {', '.join(sorted(unknown))}; a case has rule, settings, defaults, given, expect"
            )
        settings = replace(SETTINGS, **text.get("settings") or {})
        return cls(path.parent.name, text["rule"], text["given"], text["expect"], text.get("defaults") or {}, settings)

    def made(self, spark: SparkSession) -> Outcome:
        """What the pure functions make of the given rows, on any session: local, or through Spark Connect."""
        result = DATA_SETS[self.data_set].query(Tables(spark, self))
        return Outcome.of(result.schema, result.toArrow().to_pylist())

    def promised(self) -> Outcome:
        """The expected rows, in the declared columns."""
        declared = columns_of(self.data_set)
        return Outcome.of(declared, self.rows(self.expected, declared))

    def rows(self, rows: list[Row], schema: StructType) -> list[Row]:
        """Rows with a value for each column; a column that the table does not have is a mistake in the case."""
        unknown = {name for row in rows for name in row} - set(schema.names)
        if unknown:
            raise ValueError(f"no column {', '.join(sorted(unknown))}; there are {', '.join(schema.names)}")
        return [{name: row.get(name, self.defaults.get(name)) for name in schema.names} for row in rows]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows that can be compared, and the names and types of their columns."""

    columns: list[tuple[str, str]]
    rows: list[Row]

    @classmethod
    def of(cls, schema: StructType, rows: list[Row]) -> Outcome:
        return cls([(column.name, column.dataType.simpleString()) for column in schema], in_one_order(rows))


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a case: as given, else made on the way, else empty; like in the pipeline each is stored once."""

    spark: SparkSession
    case: Case
    stored: dict[str, DataFrame] = field(default_factory=dict)

    def __call__(self, name: str) -> DataFrame:
        if name not in self.stored:
            made = name in MADE_ON_THE_WAY and name not in self.case.given
            self.stored[name] = self._made(name) if made else self._given(name)
        return self.stored[name]

    @property
    def settings(self) -> Settings:
        return self.case.settings

    def _given(self, name: str) -> DataFrame:
        schema = columns_of(name)
        rows = self.case.rows(self.case.given.get(name) or [], schema)
        return self.spark.createDataFrame(pa.Table.from_pylist(rows, to_arrow_schema(schema, timezone="UTC")), schema)

    def _made(self, name: str) -> DataFrame:
        made = DATA_SETS[name].query(self)
        return self.spark.createDataFrame(made.toArrow(), made.schema)


def columns_of(name: str) -> StructType:
    """The declared columns of a table."""
    schema = StructType.fromDDL(SOURCES[name] if name in SOURCES else DATA_SETS[name].schema)
    assert isinstance(schema, StructType)
    return schema


def case_files() -> list[Path]:
    return sorted(file for file in FOLDER.glob("*/*.yaml") if file.parent.name != "auto_cdc")


def name_of(path: Path) -> str:
    """What a case is called in reports: `<data set>/<case>`."""
    return f"{path.parent.name}/{path.stem}"


def in_one_order(rows: list[Row]) -> list[Row]:
    """Rows that can be compared: sorted, with instants as in the cases, naive and in UTC."""
    return sorted((_plain(row) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN"  # else it would differ from itself
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
