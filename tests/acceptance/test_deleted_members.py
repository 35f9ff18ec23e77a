"""A member leaves, goes on sending events, and comes back: each update in a process of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command import completed
from tests.acceptance.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from tests.oracle.text import TextRow

pytestmark = pytest.mark.slow

STAYS, LEAVES = 1, 2
DEVICES = {STAYS: 71, LEAVES: 72}
MAC = "02:ab:00:00:00:{:02d}"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
FEEDS = ("registered_users", "gym_logins", "workout", "bpm", "daily_activity")

RETURN = MONDAY + timedelta(days=3, hours=6)
"""Deleted on Monday at 20:00, back on Thursday at 06:00."""


class Landing:
    """Files of one update."""

    def __init__(self, folder: Path, update: str) -> None:
        self.folder, self.update = folder, update
        self.messages: list[str] = []

    def member_day(self, user_id: int, day: int) -> None:
        """From 8 to 9 in the gym, half an hour of exercise in it, a calm hour with the device on, 5,000 steps."""
        start = int((MONDAY + timedelta(days=day, hours=8)).timestamp())
        self._line("gym_logins", "mac_address,gym,login,logout", f"{MAC.format(user_id)},5,{start},{start + 3600}")
        for action, at in (("start", start + 600), ("stop", start + 2400)):
            self.message("workout", {"user_id": user_id, "workout_id": 1, "session_id": day, "action": action}, at)
        for at in range(start, start + 7200, 30):
            bpm = 140 + at % 7 if start + 600 <= at < start + 2400 else 60 + at % 7
            self.message("bpm", {"device_id": DEVICES[user_id], "heartrate": bpm}, at)
        record = {"user_id": user_id, "date": f"{MONDAY + timedelta(days=day):%Y-%m-%d}", "steps": 5000}
        self._line("daily_activity", None, json.dumps(record), suffix="json")

    def registration(self, user_id: int, at: datetime) -> None:
        header = "user_id,device_id,mac_address,registration_timestamp"
        line = f"{user_id},{DEVICES[user_id]},{MAC.format(user_id)},{int(at.timestamp())}"
        self._line("registered_users", header, line)

    def profile(self, user_id: int, update_type: str, at: datetime) -> None:
        born = {} if update_type == "delete" else {"dob": "04/01/1986", "sex": "F"}
        self.message("user_info", {"user_id": user_id, "update_type": update_type, **born}, int(at.timestamp()))

    def message(self, topic: str, value: dict[str, object], at: int) -> None:
        value |= {"time" if topic == "bpm" else "timestamp": at}
        envelope = {"key": "k", "topic": topic, "partition": 0, "offset": len(self.messages), "timestamp": at}
        self.messages.append(json.dumps({**envelope, "value": json.dumps(value)}))

    def done(self) -> None:
        self._line("kafka_multiplex", None, "\n".join(self.messages), suffix="json")

    def _line(self, feed: str, header: str | None, line: str, *, suffix: str = "csv") -> None:
        file = self.folder / feed / f"{feed}_{self.update}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text() if file.exists() else f"{header}\n" if header else ""
        file.write_text(f"{before}{line}\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deleted_members")


@pytest.fixture(scope="module")
def as_members(folder: Path) -> dict[str, list[TextRow]]:
    """Both are members and came on Monday."""
    landing = Landing(folder / "landing", "1")
    for user_id in DEVICES:
        landing.registration(user_id, MONDAY)
        landing.profile(user_id, "new", MONDAY)
        landing.member_day(user_id, 0)
    return updated(folder, landing)


@pytest.fixture(scope="module")
def after_the_delete(folder: Path, as_members: dict[str, list[TextRow]]) -> dict[str, list[TextRow]]:
    """One of them left on Monday evening, and events of both came on Tuesday and Wednesday."""
    assert as_members
    landing = Landing(folder / "landing", "2")
    landing.profile(LEAVES, "delete", MONDAY + timedelta(hours=20))
    landing.registration(LEAVES, MONDAY + timedelta(days=1))
    for user_id in DEVICES:
        landing.member_day(user_id, 1)
        landing.member_day(user_id, 2)
    return updated(folder, landing)


@pytest.fixture(scope="module")
def after_the_return(folder: Path, after_the_delete: dict[str, list[TextRow]]) -> dict[str, list[TextRow]]:
    """Back on Thursday at 6, and at the gym at 8."""
    assert after_the_delete
    landing = Landing(folder / "landing", "3")
    landing.profile(LEAVES, "new", RETURN)
    for user_id in DEVICES:
        landing.member_day(user_id, 3)
    return updated(folder, landing)


def updated(folder: Path, landing: Landing) -> dict[str, list[TextRow]]:
    landing.done()
    completed("run", "--state", folder / "state", "--landing", landing.folder)
    state = State(folder / "state")
    return {name: state.rows(name) for name in state.tables() if not name.startswith("bronze.")}


def personal(tables: dict[str, list[TextRow]]) -> dict[str, list[TextRow]]:
    """The gold tables about single members."""
    return {name: rows for name, rows in tables.items() if name.startswith("gold.") and rows and "user_id" in rows[0]}


def of(rows: list[TextRow], user_id: int) -> list[TextRow]:
    return [row for row in rows if row["user_id"] == str(user_id)]


def days(row: TextRow) -> list[str]:
    """All days and instants of a row, but for those of calculations over weeks."""
    return [value for name, value in row.items() if value[:5] == "2026-" and name != "week_start" and "W" not in value]


def test_every_personal_table_of_gold_knew_the_member(as_members: dict[str, list[TextRow]]) -> None:
    tables = personal(as_members)
    assert {name for name, rows in tables.items() if not of(rows, LEAVES)} == set()
    assert len(tables) >= 10


def test_a_deleted_member_is_in_no_table_of_gold(
    as_members: dict[str, list[TextRow]], after_the_delete: dict[str, list[TextRow]]
) -> None:
    tables = personal(after_the_delete)
    assert set(personal(as_members)) <= set(tables)
    assert {name for name, rows in tables.items() if of(rows, LEAVES)} == set()
    assert {name for name, rows in tables.items() if not of(rows, STAYS)} == set()


def test_later_events_are_in_quarantine(after_the_delete: dict[str, list[TextRow]]) -> None:
    reasons = {feed: [row["reasons"] for row in after_the_delete[f"silver.{feed}_quarantine"]] for feed in FEEDS}
    assert {reason for found in reasons.values() for reason in found} == {'["member_is_not_deleted"]'}
    # Two days; of Monday only the record of the day, because the day ended after the delete.
    counts = {feed: len(found) for feed, found in reasons.items()}
    assert counts == {"registered_users": 1, "gym_logins": 2, "workout": 4, "bpm": 2 * 240, "daily_activity": 3}


def test_earlier_events_still_count_in_numbers_about_many(after_the_delete: dict[str, list[TextRow]]) -> None:
    occupancy = {row["bucket_start"]: row["max_occupancy"] for row in after_the_delete["gold.gym_occupancy_15m"]}
    at_eight = [occupancy[f"2026-03-0{day}T08:15:00Z"] for day in (2, 3, 4)]
    assert at_eight == ["2", "1", "1"]
    assert len(of(after_the_delete["silver.gym_logs"], LEAVES)) == 1


def test_who_comes_back_has_rows_since_the_return_only(after_the_return: dict[str, list[TextRow]]) -> None:
    tables = personal(after_the_return)
    assert {name for name, rows in tables.items() if not of(rows, LEAVES)} == set()
    earliest = {name: min(day for row in of(rows, LEAVES) for day in days(row)) for name, rows in tables.items()}
    assert {name: day for name, day in earliest.items() if day < "2026-03-05"} == {}


def test_the_return_begins_a_version(after_the_return: dict[str, list[TextRow]]) -> None:
    versions = [
        (json.loads(row["__START_AT"])["updated_at"], row["__END_AT"] != "")
        for row in of(after_the_return["silver.user_profile_history"], LEAVES)
    ]
    assert sorted(versions) == [("2026-03-02T00:00:00Z", True), ("2026-03-05T06:00:00Z", False)]


def test_what_came_while_deleted_stays_in_quarantine(
    after_the_delete: dict[str, list[TextRow]], after_the_return: dict[str, list[TextRow]]
) -> None:
    for feed in FEEDS:
        assert after_the_return[f"silver.{feed}_quarantine"] == after_the_delete[f"silver.{feed}_quarantine"]
