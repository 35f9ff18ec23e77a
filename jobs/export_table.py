"""A job task: writes a table as Parquet files, into a new folder for each run."""

from __future__ import annotations

import argparse
import sys

from pyspark.sql import SparkSession


def export(spark: SparkSession, table: str, folder: str, run: str) -> str:
    """Write the table to `folder/run=<run>`, which has a file `_SUCCESS` once it is whole; gives that path.

    A run that is repeated writes its folder anew.
    """
    path = f"{folder.rstrip('/')}/run={run}"
    spark.read.table(table).write.mode("overwrite").parquet(path)
    return path


def main(arguments: list[str]) -> None:
    """Print where the files are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True, help="catalog.schema.table")
    parser.add_argument("--folder", required=True, help="folder of the exports of this table")
    parser.add_argument("--run", required=True, help="id of the job's run")
    given = parser.parse_args(arguments)
    spark = SparkSession.builder.getOrCreate()
    sys.stdout.write(f"{export(spark, given.table, given.folder, given.run)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
