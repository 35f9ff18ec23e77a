"""One version of a Delta table for queries, without Spark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deltalake import DeltaTable


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a Delta table that DuckDB may scan as often as it likes."""

    table: DeltaTable

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.scan().__arrow_c_stream__(requested_schema)
