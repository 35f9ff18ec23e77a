"""The truth and the tables of a run as views of one DuckDB connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
from deltalake import DeltaTable

from dlt_local.errors import PipelineError
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from pathlib import Path

_FOLDERS = ("heart_rate", "ledger")
_LAYERS = ("bronze", "silver", "gold")


def connected(state: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """A connection with `truth.<table>`, and `bronze.<table>` and so on as the state has them.

    PipelineError if either folder is something else.
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    add_truth(connection, truth)
    _add_state(connection, state)
    return connection


def _truth_folder(truth: Path) -> Path:
    """The folder itself, or the one in the folder that `generate` wrote."""
    for folder in (truth / "truth", truth):
        if (folder / "ledger").is_dir() and (folder / "members.parquet").is_file():
            return folder
    raise PipelineError(f"'{truth}' has no truth", remedy="Name a folder that fitness-sim generate wrote.")


def add_truth(connection: duckdb.DuckDBPyConnection, truth: Path) -> None:
    """`truth.<table>` of a folder that `generate` wrote; PipelineError if it is none."""
    folder = _truth_folder(truth)
    connection.execute("CREATE SCHEMA truth")
    files = {path.stem: path for path in sorted(folder.glob("*.parquet"))}
    files |= {name: folder / name / "*.parquet" for name in _FOLDERS}
    for name, path in files.items():
        connection.read_parquet(str(path)).create_view(f"truth_{name}")
        connection.execute(f"CREATE VIEW truth.{name} AS FROM truth_{name}")
    connection.read_json(str(folder / "readings.json")).create_view("truth_readings")
    connection.execute("CREATE VIEW truth.readings AS FROM truth_readings")


def tables(state: Path) -> list[str]:
    """Names of the tables of a state, as `<layer>.<table>`."""
    names = (name.split(".", 2)[1:] for name in StateFolder(state).tables())
    return sorted(f"{layer}.{table}" for layer, table in names if layer in _LAYERS)


def _add_state(connection: duckdb.DuckDBPyConnection, state: Path) -> None:
    folder = StateFolder(state)
    names = sorted(folder.tables()) if state.is_dir() else []
    if not names:
        raise PipelineError(f"'{state}' has no tables", remedy="Name the state folder of a run.")
    for layer in _LAYERS:
        connection.execute(f"CREATE SCHEMA {layer}")
    for name in names:
        _, layer, table = name.split(".", 2)
        if layer in _LAYERS:
            connection.register(f"{layer}_{table}", DeltaTable(folder.table(name).path).to_pyarrow_dataset())
            connection.execute(f"CREATE VIEW {layer}.{table} AS FROM {layer}_{table}")
