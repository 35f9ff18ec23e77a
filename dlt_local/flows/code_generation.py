"""Whether Spark compiles queries to bytecode: worth it for much data, dearer than the work itself for little."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import DeltaTable

from dlt_local.autoloader import new_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import SparkSession

    from dlt_local.stores.state import TableFolder

# Where both ways take the same time: about 250,000 heart-rate messages.
_WORTH_COMPILING = 20_000_000
MESSAGE_BYTES = 80
"""Of those heart-rate messages; others are not smaller."""
# Parquet of the tables here holds about three times its size in values.
_PARQUET_EXPANSION = 3


class CodeGeneration:
    """Compiles while at least one running flow has much to read; a setting of the session, so all flows share it."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._lock = Lock()
        self._large_flows = 0
        self._switch()

    def worth_it(self) -> AbstractContextManager[None]:
        """Compile meanwhile: for queries that run on and on."""
        return self.sized_for(_WORTH_COMPILING)

    @contextmanager
    def sized_for(self, input_bytes: int) -> Iterator[None]:
        """Choose for a flow that is about to read so much."""
        step = 1 if input_bytes >= _WORTH_COMPILING else 0
        self._count(step)
        try:
            yield
        finally:
            self._count(-step)

    def _count(self, step: int) -> None:
        with self._lock:
            self._large_flows += step
            if step:
                self._switch()

    def _switch(self) -> None:
        compiles = self._large_flows > 0
        self._spark.conf.set("spark.sql.codegen.wholeStage", str(compiles).lower())
        self._spark.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if compiles else "NO_CODEGEN")


def bytes_to_read(tables: Sequence[TableFolder], paths: Sequence[str], since: float) -> int:
    """Size of whole tables and of files newer than `since` (seconds of the epoch)."""
    stored = sum(_table_bytes(table) for table in tables)
    return stored * _PARQUET_EXPANSION + sum(new_bytes(path, since) for path in paths)


def _table_bytes(table: TableFolder) -> int:
    if not table.exists:
        return 0
    sizes = pa.table(DeltaTable(table.path).get_add_actions(flatten=True)).column("size_bytes")
    return sum(size for size in sizes.to_pylist() if size)
