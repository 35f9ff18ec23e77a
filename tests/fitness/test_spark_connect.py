"""The pure logic needs nothing that Spark Connect lacks: every plan and some cases, on a server of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fitness.connect_server import running_server
from tests.fitness.data_sets import DATA_SETS

ROOT = Path(__file__).parents[2]
# One of each kind of work: texts, JSON, bytes, windows, pairing, joins as of a time, calendars and time zones.
SAMPLE = (
    "bpm_checked/local_times_half_an_hour_apart",
    "daily_activity_checked/unknown_fields_are_rescued",
    "gym_logs/logout_that_is_not_believed",
    "kafka_envelopes/bytes_that_are_no_text",
    "registered_users_checked/forms_of_ids_and_times",
    "retention_cohorts/months_after_registration",
    "user_bins/as_of_the_last_day",
    "user_profile_history/updates_after_a_delete",
    "workout_intervals/pauses_and_repeats",
    "worn_heart_rate/owner_device_and_state",
)


@pytest.mark.slow
def test_the_pure_logic_runs_through_spark_connect(tmp_path: Path) -> None:
    cases = [f"tests/connect/test_cases.py::test_case[{name}]" for name in SAMPLE]
    # In a process of its own, because a classic session may live in this one.
    command = [sys.executable, "-m", "pytest", "--confcutdir=tests/connect", "-p", "no:cacheprovider", "-q"]
    with running_server(tmp_path) as address:
        done = subprocess.run(
            [*command, "tests/connect/test_plans.py", *cases],
            cwd=ROOT,
            env=os.environ | {"SPARK_REMOTE": address},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(DATA_SETS) + 1 + len(SAMPLE)} passed" in done.stdout
