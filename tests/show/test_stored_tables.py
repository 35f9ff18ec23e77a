"""Finding a table of the state by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from dlt_local.show.stored_tables import UnknownTableError, find_table, stored_tables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    for name in ("bronze/gym_logins_bz", "silver/users", "silver/gym_logs", "gold/users", "gold/gym_summary"):
        write_deltalake(tmp_path / "tables" / "fitness" / name, pa.table({"n": [1]}))
    (tmp_path / "tables" / "fitness" / "gold" / "never_written" / "_delta_log").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gym_summary", "fitness.gold.gym_summary"),
        ("gold.users", "fitness.gold.users"),
        ("fitness.silver.users", "fitness.silver.users"),
        ("GYM_Summary", "fitness.gold.gym_summary"),
        ("`silver`.`gym_logs`", "fitness.silver.gym_logs"),
    ],
)
def test_one_to_three_parts_name_a_table(state: Path, name: str, found: str) -> None:
    assert str(find_table(state, name)) == found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gym_sumary", "No table 'gym_sumary' in {state}. Did you mean 'gym_summary'?"),
        ("gold.gym_logs", "No table 'gold.gym_logs' in {state}. Did you mean 'silver.gym_logs'?"),
        ("users", "'users' may be any of gold.users, silver.users. Put the schema before it."),
        (
            "zzz",
            (
                "No table 'zzz' in {state}. "
                "It has bronze.gym_logins_bz, gold.gym_summary, gold.users, silver.gym_logs, silver.users."
            ),
        ),
        ("gold.never_written", "No table 'gold.never_written' in {state}"),
    ],
)
def test_other_names_are_errors_that_help(state: Path, name: str, message: str) -> None:
    with pytest.raises(UnknownTableError) as caught:
        find_table(state, name)
    assert str(caught.value).startswith(message.format(state=state))


def test_a_state_without_tables_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnknownTableError, match=r"No tables in .* Run the pipeline first"):
        find_table(tmp_path, "users")
    with pytest.raises(UnknownTableError, match=r"State folder .*nowhere does not exist"):
        find_table(tmp_path / "nowhere", "users")


def test_only_written_tables_are_listed(state: Path) -> None:
    assert [str(table) for table in stored_tables(state)] == [
        "fitness.bronze.gym_logins_bz",
        "fitness.gold.gym_summary",
        "fitness.gold.users",
        "fitness.silver.gym_logs",
        "fitness.silver.users",
    ]
