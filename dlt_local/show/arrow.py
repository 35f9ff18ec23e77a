"""Whole tables for notebooks and scripts, without Spark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from deltalake import DeltaTable

from dlt_local.show.stored_tables import find_table
from dlt_local.stores.snapshot import Snapshot

if TYPE_CHECKING:
    import os

    import pyarrow as pa


def read_table(name: str, state: str | os.PathLike[str] = ".dlt_local") -> pa.Table:
    """All rows of a table of a state folder, in no particular order; times are in UTC.

    `name` is `table`, `schema.table` or `catalog.schema.table`. Raises UnknownTableError, a PipelineError, if the state
    holds no such table or several.
    """
    stored = Snapshot(DeltaTable(find_table(Path(state), name).folder))
    # Arrow cannot hand the types in which the scan comes, such as string views in lists, to pandas.
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("stored", stored)
        return connection.sql("SELECT * FROM stored").to_arrow_table()
