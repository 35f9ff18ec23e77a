"""Finds the tables that a state folder holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class UnknownTableError(PipelineError):
    """No table, or more than one, goes by the name asked for."""


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A Delta table of the state by its three-part name."""

    catalog: str
    schema: str
    table: str
    folder: Path

    @property
    def parts(self) -> tuple[str, str, str]:
        """Catalogue, schema and table."""
        return (self.catalog, self.schema, self.table)

    def __str__(self) -> str:
        return ".".join(self.parts)


def stored_tables(state: Path) -> tuple[StoredTable, ...]:
    """Every table in `<state>/tables/<catalog>/<schema>/<table>`, sorted by name."""
    logs = sorted((state / "tables").glob("*/*/*/_delta_log"))
    return tuple(_stored_table(log.parent) for log in logs if any(log.iterdir()))


def require_tables(state: Path) -> tuple[StoredTable, ...]:
    """Every table of a state that has to hold some."""
    tables = stored_tables(state)
    if not tables:
        what = f"No tables in {state}" if state.is_dir() else f"State folder {state} does not exist"
        raise UnknownTableError(what, remedy="Run the pipeline first, or name its folder by --state DIR.")
    return tables


def find_table(state: Path, name: str) -> StoredTable:
    """The table called `table`, `schema.table` or `catalog.schema.table`; names ignore case, as in SQL."""
    tables = require_tables(state)
    wanted = [part.strip("`").casefold() for part in name.split(".")]
    found = [table for table in tables if [part.casefold() for part in table.parts][-len(wanted) :] == wanted]
    if len(found) > 1:
        raise UnknownTableError(f"'{name}' may be any of {_names(found)}", remedy="Put the schema before it.")
    if not found:
        raise UnknownTableError(f"No table '{name}' in {state}", remedy=_closest(name, tables))
    return found[0]


def _stored_table(folder: Path) -> StoredTable:
    catalog, schema, table = folder.parts[-3:]
    return StoredTable(catalog=catalog, schema=schema, table=table, folder=folder)


def _closest(name: str, tables: Sequence[StoredTable]) -> str:
    depth = min(name.count(".") + 1, 3)
    known = [".".join(table.parts[-depth:]) for table in tables]
    by_last_part = [table.table for table in tables]
    return nearest(name, known) or nearest(name.rpartition(".")[2], by_last_part) or f"It has {_names(tables)}."


def _names(tables: Sequence[StoredTable]) -> str:
    return ", ".join(".".join(table.parts[1:]) for table in tables)
