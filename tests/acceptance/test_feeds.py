"""Messages in other shapes than the story's, through the pipeline's own tables, in two orders of arrival."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlt_local.pytest_plugin.project import PipelineProject

pytestmark = pytest.mark.slow

PIPELINES = Path(__file__).parents[2] / "dlt_pipelines"
CHECKED = ("bpm", "workout", "user_info", "registered_users", "gym_logins")
SOURCES = (
    *(f"bronze/{name}.py" for name in ("kafka_multiplex", "registered_users", "gym_logins")),
    *(f"silver/{feed}_checked.py" for feed in CHECKED),
    *(f"silver/{name}.py" for name in ("kafka_multiplex_quarantine", "devices", "profiles", "data_clock", "gym_logs")),
)
MAC = "02:ab:00:00:00:01"
NINE, TEN = 1_772_442_000, 1_772_445_600  # on 2 March 2026
INGEST = ("source_file", "ingested_at")

Message = dict[str, Any]


def message(topic: str, offset: int, value: object, key: str | None = None) -> Message:
    text = value if value is None else json.dumps(value)
    return {"key": key, "value": text, "topic": topic, "partition": 0, "offset": offset, "timestamp": TEN}


def change(op: str, lsn: int, at: int, *, before: object = None, after: object = None) -> Message:
    return {"before": before, "after": after, "op": op, "source": {"ts_ms": at * 1000, "lsn": lsn}}


def moved(at: int) -> Message:
    data = {"user_id": 7, "update_type": "update", "timestamp": at, "address": {"city": "Cork"}}
    return {"specversion": "1.0", "id": "e1", "source": "/members", "type": "moved", "data": data}


def door(action: str, at: int, gym: int, **device: object) -> Message:
    return {**device, "gym_id": gym, "timestamp": at, "action": action}


REGISTERED = {"user_id": 7, "device_id": "FT_001_119715", "mac_address": MAC, "timestamp": NINE, "action": "register"}

# The update has the lower Kafka offset, but the higher place in the log of the database.
ONE_HALF = [
    message("registered_users", 1, REGISTERED),
    message("user_info", 3, change("u", 902, NINE, after={"user_id": 7, "city": "Bantry"})),
    message("user_info", 4, change("r", 901, NINE, after={"user_id": 7, "city": "Arklow"})),
    message("user_info", 5, change("c", 903, NINE, after={"user_id": 8, "city": "Dingle"})),
    message("user_info", 6, moved(TEN)),
    message("gym_logins", 7, door("logout", TEN, 5, device_id="FT_001_119715")),
]
OTHER_HALF = [
    message("gym_logins", 8, door("login", NINE, 5, mac_address=MAC)),
    message("gym_logins", 9, door("logout", TEN, 6, mac_address=MAC)),
    message("user_info", 10, change("d", 904, TEN, before={"user_id": 8})),
    message("user_info", 11, None, key="8"),
    message("user_info", 12, moved(TEN)),
    message("bpm", 13, {"device_id": 119715, "time": "3/2/2026 9:30:00 AM", "heartrate": 99}),
    message("steps", 14, {}),
]


@dataclass(frozen=True, slots=True)
class Told:
    """The pipeline after all messages came, one half of them first."""

    project: PipelineProject

    def rows(self, table: str) -> list[Message]:
        return [{name: row[name] for name in row if name not in INGEST} for row in self.project.table(table)]


@pytest.fixture(scope="module", params=[(ONE_HALF, OTHER_HALF), (OTHER_HALF, ONE_HALF)], ids=["in order", "reversed"])
def told(request: pytest.FixtureRequest, new_pipeline: Callable[[], PipelineProject]) -> Told:
    project = new_pipeline()
    project.settings["fitness.landing_path"] = "{landing}"
    for name in SOURCES:
        project.source(name, (PIPELINES / name).read_text("utf-8"))
    for feed in ("registered_users", "gym_logins"):
        (project.landing / feed).mkdir(parents=True)
    for number, half in enumerate(request.param):
        project.land(f"kafka_multiplex/{number}.json", half)
        assert project.update().state == "COMPLETED"
    return Told(project)


def test_a_logout_ends_the_visit_whose_login_came_by_another_key(told: Told) -> None:
    assert told.rows("silver.gym_logs") == [
        {
            "gym": 5,
            "mac_address": MAC,
            "user_id": 7,
            "login": datetime(2026, 3, 2, 9, tzinfo=UTC),
            "logout": datetime(2026, 3, 2, 10, tzinfo=UTC),
            "status": "closed",
        }
    ]
    (astray,) = told.rows("silver.gym_logins_quarantine")
    assert (astray["offset"], astray["reasons"]) == (9, ["logout_ends_a_visit"])


def test_changes_of_one_instant_are_in_the_order_of_the_log(told: Told) -> None:
    versions = sorted(
        (row["user_id"], row["__START_AT"]["offset"], row["city"], row["__END_AT"] and row["__END_AT"]["offset"])
        for row in told.rows("silver.user_profile_history")
    )
    # The event that moves member 7 to Cork was delivered twice and is one version.
    assert versions == [(7, 6, "Cork", None), (7, 901, "Arklow", 902), (7, 902, "Bantry", 6), (8, 903, "Dingle", 904)]
    assert [(row["user_id"], row["city"]) for row in told.rows("silver.user_profile")] == [(7, "Cork")]


def test_each_message_ends_in_one_place(told: Told) -> None:
    places = [row["offset"] for feed in CHECKED for row in told.rows(f"silver.{feed}_checked")]
    places += [row["offset"] for row in told.rows("silver.kafka_multiplex_quarantine")]
    assert sorted(places) == sorted(row["offset"] for row in ONE_HALF + OTHER_HALF)


def test_what_changes_nothing_is_counted(told: Told) -> None:
    (tombstone,) = [row for row in told.rows("silver.user_info_checked") if row["offset"] == 11]
    assert (tombstone["update_type"], tombstone["flags"]) == ("tombstone", ["changes_a_profile"])
    assert told.rows("silver.user_info_quarantine") == []


def test_the_time_of_a_wall_clock_needs_a_zone(told: Told) -> None:
    (reading,) = told.rows("silver.bpm_quarantine")
    assert reading["reasons"] == ["event_time_has_a_zone"]
