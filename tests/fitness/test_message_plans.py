"""A plain message is parsed once; whatever else is parsed waits for a sign that it is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fitness.envelope import ENVELOPE
from fitness.gym_logins import checked_gym_login_events
from fitness.heart_rate_messages import checked_heart_rate_messages
from fitness.landing_files import LINEAGE_SCHEMA
from fitness.profile_messages import checked_profile_messages
from fitness.registrations import checked_registration_events
from fitness.workout_messages import checked_workout_messages
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from fitness.settings import Settings


def parses(spark: SparkSession, checked: Callable[[DataFrame, Settings], DataFrame]) -> list[str]:
    """What comes before each `from_json` of the plan, back to the start of its column."""
    envelopes = spark.createDataFrame([], f"{ENVELOPE}, {LINEAGE_SCHEMA}")
    plan = checked(envelopes, SETTINGS)._jdf.queryExecution().optimizedPlan().toString()
    return [re.split(r"AS \w+#\d+L?,", part)[-1] for part in plan.split("from_json(")[:-1]]


@pytest.mark.parametrize(
    "checked",
    [checked_heart_rate_messages, checked_workout_messages, checked_registration_events, checked_gym_login_events],
)
def test_one_parse_for_the_message_and_one_for_an_event_around_it(
    spark: SparkSession, checked: Callable[[DataFrame, Settings], DataFrame]
) -> None:
    message, event = parses(spark, checked)
    assert not re.search(r"WHEN Contains", message)
    assert re.search(r'WHEN Contains\(text#\d+, "specversion"\) THEN $', event)


def test_profiles_are_looked_into_for_changes_only_if_they_mention_them(spark: SparkSession) -> None:
    address, person, message, change, payload, event = parses(spark, checked_profile_messages)
    assert not [part for part in (address, person, message) if re.search(r"WHEN .*Contains", part)]
    assert re.search(r'Contains\(text#\d+, "op"\) OR Contains\(text#\d+, "__deleted"\)\) THEN $', change)
    assert re.search(r'Contains\(text#\d+, "payload"\) THEN $', payload)
    assert re.search(r'Contains\(text#\d+, "specversion"\) THEN $', event)
