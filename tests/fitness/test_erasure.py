"""Which rows of bronze are about a member, on the files of the story, and what is left once they are deleted."""

from __future__ import annotations

import re
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


@pytest.fixture
def bronze(spark: SparkSession) -> Iterator[str]:
    """The schema with the four tables, as three days of files fill them."""
    spark.sql("CREATE SCHEMA erasure")
    frames = {
        "registered_users_bz": spark.read.csv(_files("registered_users"), schema=REGISTRATIONS, header=True),
        "gym_logins_bz": spark.read.csv(_files("gym_logins"), schema=LOGINS, header=True),
        "kafka_multiplex_bz": spark.read.json(_files("kafka_multiplex"), schema=ENVELOPE),
        "daily_activity_bz": spark.read.schema(LANDING).text(_files("daily_activity")).where("trim(value) <> ''"),
    }
    for name, frame in frames.items():
        lineage = "'a file' AS source_file", "TIMESTAMP'2026-04-17 00:00:00' AS ingested_at"
        frame.selectExpr("*", *lineage).write.format("delta").saveAsTable(f"erasure.{name}")
    yield "erasure"
    spark.sql("DROP SCHEMA erasure CASCADE")


def _files(feed: str) -> list[str]:
    return [str(path) for day in story_days() if (day / feed).is_dir() for path in sorted((day / feed).iterdir())]


def rows(spark: SparkSession, bronze: str) -> dict[str, list[str]]:
    """Each table's rows as JSON text."""
    texts = {table: spark.read.table(f"{bronze}.{table}").selectExpr("to_json(struct(*)) AS row") for table in TABLES}
    return {table: sorted(text.row for text in frame.collect()) for table, frame in texts.items()}


def requested(spark: SparkSession, bronze: str, *members: int) -> str:
    requests = [(member, None) for member in members] + [(21003, "2026-04-16 00:00:00")]
    frame = spark.createDataFrame(requests, "user_id BIGINT, erased_at STRING")
    frame.write.format("delta").mode("overwrite").saveAsTable(f"{bronze}.erasure_requests")
    return f"{bronze}.erasure_requests"


def test_all_rows_about_one_member_go_and_no_other(spark: SparkSession, bronze: str) -> None:
    """Member 21001 has worn device 310001 (MAC address 02:5a:10:00:00:01) all the time, and nobody else has."""
    before = rows(spark, bronze)
    about = re.compile(r'\b(21001|(FT_001_)?310001|02:5a:10:00:00:01)\b|"_corrupt_record"', re.IGNORECASE)
    deleted = erase_members(spark, bronze, requested(spark, bronze, 21001), Settings())
    after = rows(spark, bronze)
    expected = {
        table: [row for row in texts if not about.search(row) or "_corrupt_record" in row]
        for table, texts in before.items()
    }
    assert after == expected
    assert deleted == {table: len(before[table]) - len(after[table]) for table in deleted}
    assert all(deleted.values())


def test_readings_and_log_ins_go_with_who_wore_the_device_then(spark: SparkSession, bronze: str) -> None:
    """Device 310006 was 21006's until 21007 registered it on 2026-04-15 at 12:00 (1776254400)."""
    at = "double(get_json_object(value, '$.time')) AS at"
    readings = spark.read.table("erasure.kafka_multiplex_bz").where("topic = 'bpm' AND value LIKE '%310006%'")
    before = [row.at for row in readings.selectExpr(at).collect()]
    assert min(before) < 1776254400 <= max(before)
    erase_members(spark, bronze, requested(spark, bronze, 21007), Settings())
    after = spark.read.table("erasure.kafka_multiplex_bz").where("topic = 'bpm' AND value LIKE '%310006%'")
    assert sorted(row.at for row in after.selectExpr(at).collect()) == sorted(at for at in before if at < 1776254400)


def test_a_second_run_finds_nothing(spark: SparkSession, bronze: str) -> None:
    requests = requested(spark, bronze, 21001, 21002)
    erase_members(spark, bronze, requests, Settings())
    assert set(erase_members(spark, bronze, requests, Settings()).values()) == {0}


def test_a_plain_delete_stays_and_one_with_a_profile_goes(spark: SparkSession, bronze: str) -> None:
    plain = '{"user_id": 21050, "update_type": "delete", "timestamp": 1776300000}'
    profile = '{"user_id": 21050, "update_type": "delete", "timestamp": 1776300000, "first_name": "Ada"}'
    messages = spark.createDataFrame([("user_info", plain), ("user_info", profile)], "topic STRING, value STRING")
    messages.write.format("delta").mode("append").saveAsTable(f"{bronze}.kafka_multiplex_bz")
    erase_members(spark, bronze, requested(spark, bronze, 21050), Settings())
    left = spark.sql("SELECT value FROM erasure.kafka_multiplex_bz WHERE value LIKE '%21050%'").collect()
    assert [row.value for row in left] == [plain]


def test_nobody_asked(spark: SparkSession, bronze: str) -> None:
    before = rows(spark, bronze)
    assert set(erase_members(spark, bronze, requested(spark, bronze), Settings()).values()) == {0}
    assert rows(spark, bronze) == before
