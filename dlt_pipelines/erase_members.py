"""A job task: deletes the rows of bronze about members who asked to be forgotten.

It lies here, and not in `jobs`, because a script finds modules beside itself: `fitness` reads the rows as the pipeline
does. Afterwards silver has to be made anew from bronze, which is the job's next task.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING
from uuid import uuid4

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from fitness.erasure import Bronze, checked_rows, row_key, rows_about
from fitness.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


def erase_members(spark: SparkSession, bronze_schema: str, requests: str, settings: Settings) -> dict[str, int]:
    """Delete what is about the members of open requests; gives the number of deleted rows by table.

    `requests` has `user_id` and `erased_at`, which is NULL while a request is open. Beside it tables are kept for as
    long as this takes.
    """
    members = spark.read.table(requests).where("erased_at IS NULL").select("user_id").distinct()
    tables = {field.name: f"{bronze_schema}.{field.name}" for field in fields(Bronze)}
    bronze = Bronze(**{name: spark.read.table(table) for name, table in tables.items()})
    with ExitStack() as until_done:
        # What a row says is found once, and before the first delete: who wore a device is said by rows that go as well.
        checked = checked_rows(bronze, settings, lambda rows: until_done.enter_context(_kept(rows, f"{requests}_read")))
        about = rows_about(members, checked)
        return {name: _delete(spark, tables[name], keys) for name, keys in about.items()}


@contextmanager
def _kept(rows: DataFrame, name: str) -> Iterator[DataFrame]:
    table = f"{name}_{uuid4().hex}"
    try:
        rows.write.format("delta").saveAsTable(table)
        yield rows.sparkSession.read.table(table)
    finally:
        rows.sparkSession.sql(f"DROP TABLE IF EXISTS {table}")


def _delete(spark: SparkSession, table: str, keys: DataFrame) -> int:
    target = DeltaTable.forName(spark, table)
    is_about_them = row_key(target.toDF()) == keys.row_key
    metrics = target.merge(keys, is_about_them).whenMatchedDelete().execute().collect()
    return sum(int(row.num_deleted_rows) for row in metrics)


def main(arguments: list[str]) -> None:
    """Print how many rows went; no member is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bronze-schema", required=True, help="catalog.schema of the tables as received")
    parser.add_argument("--requests", required=True, help="catalog.schema.table with the requests")
    parser.add_argument("--local-time-zone", default="", help="the pipeline's fitness.local_time_zone")
    given = parser.parse_args(arguments)
    settings = Settings(local_time_zone=given.local_time_zone)
    spark = SparkSession.builder.getOrCreate()
    for table, rows in erase_members(spark, given.bronze_schema, given.requests, settings).items():
        sys.stdout.write(f"{table}: {rows} rows deleted\n")


if __name__ == "__main__":
    main(sys.argv[1:])
