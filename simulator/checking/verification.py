"""Compares a run with the truth, table by table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.checking.activity_checks import activity_checks
from simulator.checking.alerts import add_alerts
from simulator.checking.comparison import Check, Compared, compare
from simulator.checking.gold_checks import gold_checks
from simulator.checking.gym_checks import gym_checks
from simulator.checking.ledger_checks import ledger_checks
from simulator.checking.member_checks import member_checks
from simulator.checking.reading_checks import reading_checks
from simulator.checking.sources import connected, tables
from simulator.checking.table_checks import silver_checks
from simulator.checking.workouts import add_workouts

if TYPE_CHECKING:
    import duckdb

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared, and which tables of silver and gold were not."""

    compared: tuple[Compared, ...]
    not_compared: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether all that was compared is as it must be."""
        return all(each.is_equal for each in self.compared)


def verify(state: Path, truth: Path) -> Verification:
    """Compares the tables of a state folder with what follows from the truth beside generated landing files.

    The run must have taken in all files, with the default settings. PipelineError if a folder is something else.
    """
    connection = connected(state, truth)
    add_expected(connection)
    compared = tuple(compare(connection, all_checks()))
    covered = {each.check.table for each in compared}
    others = (name for name in tables(state) if not name.startswith("bronze."))
    return Verification(compared, tuple(name for name in others if name not in covered))


def all_checks() -> list[Check]:
    """At most one per table."""
    return [
        *ledger_checks(),
        *silver_checks(),
        *gold_checks(),
        *activity_checks(),
        *gym_checks(),
        *reading_checks(),
        *member_checks(),
    ]


def add_expected(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the schema `expected` from `truth`."""
    connection.execute((_HERE / "expected.sql").read_text("utf-8"))
    add_workouts(connection)
    for name in (
        "expected_gold.sql",
        "expected_activity.sql",
        "expected_gyms.sql",
        "expected_readings.sql",
        "expected_members.sql",
    ):
        connection.execute((_HERE / name).read_text("utf-8"))
    add_alerts(connection)
