"""A target with Delta features, such as a change feed or partitions: Spark reads it, and merges what changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from delta.tables import DeltaTable
from pyspark.sql import functions as F

from dlt_local.cdc.columns import END, START
from dlt_local.cdc.events import canonical, column
from dlt_local.cdc.sql_text import files, literal

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from pyspark.sql import DataFrame, SparkSession

    from dlt_local.cdc.shape import TargetShape
    from dlt_local.stores.state import TableFolder


@dataclass(frozen=True, slots=True)
class MergedTarget:
    """Reads and changes a target through Spark; `scratch` is a folder for what goes between the engines."""

    spark: SparkSession
    folder: TableFolder
    shape: TargetShape
    scratch: Path

    def fetch(self, connection: DuckDBPyConnection) -> None:
        """The open rows of the keys in table `fresh`, all rows of the keys in table `late`."""
        shape = self.shape
        keys = ", ".join(shape.key_names)
        touched = f"SELECT {keys}, false AS is_late FROM fresh UNION ALL SELECT {keys}, true FROM late"
        wanted = self._handed_over(connection, touched, "touched")
        rows = self._stored().join(F.broadcast(wanted), shape.key_names)
        if shape.has_history:
            rows = rows.where(F.col("is_late") | F.col("end_at").isNull())
        self._take(connection, rows.drop("is_late"), "before", ", NULL AS file, NULL AS position")

    def fetch_open(self, connection: DuckDBPyConnection) -> None:
        """Table `open_rows`: all rows that hold now."""
        rows = self._stored()
        self._take(connection, rows.where("end_at IS NULL") if self.shape.has_history else rows, "open_rows")

    def publish(self, connection: DuckDBPyConnection) -> None:
        """Merge tables `added` and `removed` into the target; a row that only changes is an update of it."""
        shape = self.shape
        row = ", ".join(shape.row_names)
        gone = f"SELECT *, false AS is_there FROM (SELECT {row} FROM removed)"
        gone += f" WHERE ({shape.identity}) NOT IN (SELECT ({shape.identity}) FROM added)"
        changes = self._handed_over(
            connection, f"SELECT {row}, true AS is_there FROM added UNION ALL {gone}", "changes"
        )
        values = {f"`{_escaped(c.stored)}`": f"s.`{_escaped(c.name)}`" for c in shape.target_columns()}
        merge = DeltaTable.forPath(self.spark, str(self.folder.path)).alias("t").merge(changes.alias("s"), self._same())
        merge = merge.whenMatchedDelete("NOT s.is_there").whenMatchedUpdate(set=dict(values))
        merge.whenNotMatchedInsert("s.is_there", values=dict(values)).execute()

    def _stored(self) -> DataFrame:
        target = self.spark.read.format("delta").load(str(self.folder.path))
        columns = self.shape.target_columns()
        return target.select(*[canonical(column(c.stored), c.data_type).alias(c.name) for c in columns])

    def _take(self, connection: DuckDBPyConnection, rows: DataFrame, name: str, more: str = "") -> None:
        """A frame of Spark as a table in DuckDB."""
        folder = self.scratch / name
        rows.write.mode("overwrite").parquet(str(folder))
        written = files(sorted(folder.glob("*.parquet")))
        query = f"SELECT {', '.join(self.shape.row_names)}{more} FROM read_parquet({written})"
        connection.execute(f"CREATE TEMP TABLE {name} AS {query}")

    def _same(self) -> str:
        columns = self.shape.target_columns()
        keys = [f"t.`{_escaped(c.stored)}` <=> s.{c.name}" for c in columns[: len(self.shape.keys)]]
        if self.shape.has_history:
            keys.append(f"coalesce(t.`{START}`, t.`{END}`) <=> coalesce(s.start_at, s.end_at)")
        return " AND ".join(keys)

    def _handed_over(self, connection: DuckDBPyConnection, query: str, name: str) -> DataFrame:
        """The result of a query in DuckDB as a frame in Spark."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        file = self.scratch / f"{name}.parquet"
        connection.execute(f"COPY ({query}) TO {literal(str(file))} (FORMAT parquet)")
        return self.spark.read.parquet(str(file))


def _escaped(name: str) -> str:
    return name.replace("`", "``")
