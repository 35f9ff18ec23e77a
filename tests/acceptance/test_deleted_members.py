"""Members leave and go on sending events, and one comes back: each update in a process of its own."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.command import completed
from tests.acceptance.state import State

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

STAYS, LEAVES, RETURNS = 1, 2, 3
DEVICES = {STAYS: 71, LEAVES: 72, RETURNS: 73}
MAC = "02:ab:00:00:00:{:02d}"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
FEEDS = ("registered_users", "gym_logins", "workout", "bpm", "daily_activity")
REASON = "member_is_not_deleted"

LEFT, RETURN = MONDAY + timedelta(hours=20), MONDAY + timedelta(days=3, hours=6)

MAY_BE_EMPTY = {"gold.heart_rate_anomalies", "gold.health_alerts", "gold.device_health"}
"""Tables in which nothing about such orderly people has to be."""


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


Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deleted_members")


@pytest.fixture(scope="module")
def as_members(folder: Path) -> Tables:
    """All three are members and came on Monday."""
    landing = Landing(folder / "landing", "1")
    for user_id in DEVICES:
        landing.registration(user_id, MONDAY)
        landing.profile(user_id, "new", MONDAY)
        landing.member_day(user_id, 0)
    return updated(folder, landing)


@pytest.fixture(scope="module")
def after_the_delete(folder: Path, as_members: Tables) -> Tables:
    """Two left on Monday evening; events of all came until Thursday, when one was back from 6 o'clock on."""
    assert as_members
    landing = Landing(folder / "landing", "2")
    for user_id in (LEAVES, RETURNS):
        landing.profile(user_id, "delete", LEFT)
        landing.registration(user_id, MONDAY + timedelta(days=1))
    landing.profile(RETURNS, "new", RETURN)
    for user_id in DEVICES:
        for day in (1, 3):
            landing.member_day(user_id, day)
    return updated(folder, landing)


def updated(folder: Path, landing: Landing) -> Tables:
    landing.done()
    completed("run", "--state", folder / "state", "--landing", landing.folder)
    state = State(folder / "state")
    arrow = {name: state.arrow(name) for name in state.tables() if not name.startswith("bronze.")}
    personal = {name for name in arrow if name.startswith("gold.") and "user_id" in arrow[name].column_names}
    assert {name for name in personal if not arrow[name].num_rows} <= MAY_BE_EMPTY
    return {name: table.to_pylist() for name, table in arrow.items()}


def personal(tables: Tables) -> Tables:
    """The gold tables about single members."""
    return {name: rows for name, rows in tables.items() if name.startswith("gold.") and rows and "user_id" in rows[0]}


def of(rows: list[dict[str, Any]], user_id: int) -> list[dict[str, Any]]:
    return [row for row in rows if row["user_id"] == user_id]


def without_rows_of(tables: Tables, user_id: int) -> set[str]:
    return {name for name, rows in personal(tables).items() if not of(rows, user_id)}


def earliest(row: dict[str, Any]) -> str:
    """The first day of a row; a week may begin before the member does."""
    days = [str(value)[:10] for value in row.values() if isinstance(value, date)]
    return min(days) if "week_start" not in row else str(RETURN.date())


def test_every_personal_table_of_gold_knew_the_members(as_members: Tables) -> None:
    assert [without_rows_of(as_members, user_id) for user_id in DEVICES] == [set()] * 3


def test_a_deleted_member_is_in_no_table_of_gold(as_members: Tables, after_the_delete: Tables) -> None:
    assert set(personal(as_members)) <= set(personal(after_the_delete))
    assert without_rows_of(after_the_delete, LEAVES) == set(personal(after_the_delete))
    assert without_rows_of(after_the_delete, STAYS) == set()


def test_later_events_are_in_quarantine(after_the_delete: Tables) -> None:
    rejected = {feed: after_the_delete[f"silver.{feed}_quarantine"] for feed in FEEDS}
    assert [row["reasons"] for rows in rejected.values() for row in rows if row["reasons"] != [REASON]] == []
    # Of the one who left two days of events, of the other one; and the records of Monday, which ended after the delete.
    counts = {feed: len(rows) for feed, rows in rejected.items()}
    assert counts == {"registered_users": 2, "gym_logins": 3, "workout": 6, "bpm": 3 * 240, "daily_activity": 3 + 2}


def test_quality_counts_them(after_the_delete: Tables) -> None:
    failed = {
        str(row["feed"]): (row["failed"], row["quarantined"])
        for row in after_the_delete["gold.data_quality_daily"]
        if row["rule"] == REASON and row["failed"]
    }
    assert failed == {
        feed: (len(rows), len(rows)) for feed in FEEDS if (rows := after_the_delete[f"silver.{feed}_quarantine"])
    }


def test_earlier_events_still_count_in_numbers_about_many(after_the_delete: Tables) -> None:
    eight = {MONDAY + timedelta(days=day, hours=8): people for day, people in ((0, 3), (1, 1), (3, 2))}
    occupancy = {row["bucket_start"]: row["max_occupancy"] for row in after_the_delete["gold.gym_occupancy_15m"]}
    assert {at: occupancy[at] for at in eight} == eight
    assert len(of(after_the_delete["silver.gym_logs"], LEAVES)) == 1


def test_who_comes_back_has_rows_since_the_return_only(after_the_delete: Tables) -> None:
    assert without_rows_of(after_the_delete, RETURNS) == set()
    first = {name: min(map(earliest, of(rows, RETURNS))) for name, rows in personal(after_the_delete).items()}
    assert {name: day for name, day in first.items() if day < str(RETURN.date())} == {}
    (week,) = of(after_the_delete["gold.weekly_activity_summary"], RETURNS)
    assert (week["gym_visits"], week["workouts"], week["tracker_days"]) == (1, 1, 1)


def test_the_return_begins_a_version(after_the_delete: Tables) -> None:
    versions = [
        (row["__START_AT"], row["__END_AT"]) for row in of(after_the_delete["silver.user_profile_history"], RETURNS)
    ]
    assert sorted((start["updated_at"], end and end["updated_at"]) for start, end in versions) == [
        (MONDAY, LEFT),
        (RETURN, None),
    ]
