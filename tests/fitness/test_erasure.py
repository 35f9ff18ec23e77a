"""Which rows of bronze are about a member, on the files of the story, and what is left once they are deleted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from erase_members import erase_members
from fitness.daily_activity import LANDING
from fitness.envelope import ENVELOPE
from fitness.settings import Settings
from tests.oracle.__main__ import story_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

REGISTRATIONS = (
    "user_id STRING, device_id STRING, mac_address STRING, registration_timestamp STRING, _rescued_data STRING"
)
LOGINS = "mac_address STRING, gym STRING, login STRING, logout STRING, _rescued_data STRING"
TABLES = ("registered_users_bz", "gym_logins_bz", "kafka_multiplex_bz", "daily_activity_bz")
PLAIN = '{"user_id": 21050, "update_type": "delete", "timestamp": 1776300000}'
PROFILE = '{"user_id": 21050, "update_type": "delete", "timestamp": 1776300000, "first_name": "Ada"}'
REQUESTS = [(21001, None), (21007, None), (21050, None), (21003, "2026-04-16 00:00:00")]


@dataclass(frozen=True, slots=True)
class Erased:
    """The rows of bronze, as JSON text by table, before and after members were erased, and what was told of it."""

    before: dict[str, list[str]]
    after: dict[str, list[str]]
    deleted: dict[str, int]
    tables: set[str]


@pytest.fixture(scope="module")
def erased(spark: SparkSession) -> Iterator[Erased]:
    """Three days of files; 21001, 21007 and 21050 are erased, and 21003 was long ago."""
    spark.sql("CREATE SCHEMA erasure")
    frames = {
        "registered_users_bz": spark.read.csv(_files("registered_users"), schema=REGISTRATIONS, header=True),
        "gym_logins_bz": spark.read.csv(_files("gym_logins"), schema=LOGINS, header=True),
        "kafka_multiplex_bz": spark.read.json(_files("kafka_multiplex"), schema=ENVELOPE).unionByName(
            spark.createDataFrame([("user_info", text) for text in (PLAIN, PROFILE)], "topic STRING, value STRING"),
            allowMissingColumns=True,
        ),
        "daily_activity_bz": spark.read.schema(LANDING).text(_files("daily_activity")).where("trim(value) <> ''"),
        "erasure_requests": spark.createDataFrame(REQUESTS, "user_id BIGINT, erased_at STRING"),
    }
    lineage = "'a file' AS source_file", "TIMESTAMP'2026-04-17 00:00:00' AS ingested_at"
    for name, frame in frames.items():
        frame.selectExpr("*", *lineage).write.format("delta").saveAsTable(f"erasure.{name}")
    before = rows(spark)
    deleted = erase_members(spark, "erasure", "erasure.erasure_requests", Settings())
    after = rows(spark)
    yield Erased(before, after, deleted, _tables(spark))
    spark.sql("DROP SCHEMA erasure CASCADE")


def _files(feed: str) -> list[str]:
    return [str(path) for day in story_days() if (day / feed).is_dir() for path in sorted((day / feed).iterdir())]


def _tables(spark: SparkSession) -> set[str]:
    return {table.name for table in spark.catalog.listTables("erasure") if not table.isTemporary}


def rows(spark: SparkSession) -> dict[str, list[str]]:
    texts = {table: spark.read.table(f"erasure.{table}").selectExpr("to_json(struct(*)) AS row") for table in TABLES}
    return {table: sorted(text.row for text in frame.collect()) for table, frame in texts.items()}


def test_rows_about_erased_members_go_and_no_other(erased: Erased) -> None:
    expected = {table: [row for row in before if not about_them(row)] for table, before in erased.before.items()}
    assert erased.after == expected


def about_them(row: str) -> bool:
    """By the text of a row alone.

    21001 has always worn device 310001 (MAC address 02:5a:10:00:00:01), and nobody else has. Device 310006
    (02:5a:10:00:00:06) was 21006's until 21007 registered it on 2026-04-15 at 12:00 UTC (1776254400).
    """
    if not is_readable(row) or json.loads(row).get("value") == PLAIN:
        return False
    if re.search(r"\b(21001|(FT_001_)?310001|02:5a:10:00:00:01|21007|21050)\b", row, re.IGNORECASE):
        return True
    if not re.search(r"\b(310006|02:5a:10:00:00:06)\b", row):
        return False
    received = json.loads(row)
    message = json.loads(received["value"]) if "value" in received else received
    return instant(message.get("time") or message.get("login") or "0") >= 1776254400


def is_readable(row: str) -> bool:
    """A line of JSON, of a topic that the pipeline knows, with a whole message in it."""
    received = json.loads(row)
    if "_corrupt_record" in received or received.get("topic") == "steps":
        return False
    return "topic" not in received or received["value"].endswith("}")


def instant(text: str | float) -> float:
    """Epoch seconds of seconds, milliseconds or ISO 8601."""
    try:
        number = float(text)
    except ValueError:
        return datetime.fromisoformat(str(text)).timestamp()
    return number / 1000 if number > 1e11 else number


def test_the_day_of_the_hand_over_has_rows_of_both_wearers(erased: Erased) -> None:
    shared = [row for row in erased.before["kafka_multiplex_bz"] if "310006" in row and '"bpm"' in row]
    assert {about_them(row) for row in shared} == {True, False}


def test_a_plain_delete_stays_and_one_with_a_profile_goes(erased: Erased) -> None:
    left = [json.loads(row)["value"] for row in erased.after["kafka_multiplex_bz"] if ": 21050," in row]
    assert left == [PLAIN]


def test_what_is_told_is_what_went(erased: Erased) -> None:
    gone = {table: len(erased.before[table]) - len(erased.after[table]) for table in TABLES}
    assert erased.deleted == gone
    assert all(gone.values())


def test_no_table_is_left_behind(erased: Erased) -> None:
    assert erased.tables == {*TABLES, "erasure_requests"}
