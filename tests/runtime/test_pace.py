"""Durations of triggers, which modes they mean, and what several micro-batches are together."""

from __future__ import annotations

import threading

import pytest

from dlt_local.api.definitions import QueryFlow
from dlt_local.errors import PipelineError
from dlt_local.expectations import RuleCount
from dlt_local.flows.outcome import Progress
from dlt_local.flows.pace import continuous_pace, duration_seconds
from dlt_local.flows.summed_progress import summed
from dlt_local.source_location import SourceLocation


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5 seconds", 5),
        ("1 second", 1),
        ("0 seconds", 0),
        ("200 milliseconds", 0.2),
        ("200 ms", 0.2),
        ("2 Minutes", 120),
        ("interval 1 hour", 3600),
        ("3min", 180),
    ],
)
def test_durations_as_spark_writes_them(text: str, seconds: float) -> None:
    assert duration_seconds("key", text) == seconds


@pytest.mark.parametrize("text", ["", "5", "seconds", "-1 seconds", "5 parsecs", "1.5 s", "5 m"])
def test_what_is_no_duration_is_refused_by_its_key(text: str) -> None:
    with pytest.raises(PipelineError, match=r'the\.key.* no duration. Write it like "5 seconds"\.'):
        duration_seconds("the.key", text)


@pytest.mark.parametrize(
    ("is_update", "settings", "own", "expected"),
    [
        (False, {}, {}, (5.0, False)),
        (True, {}, {}, (5.0, False)),
        (True, {"pipelines.trigger": "RealTime"}, {}, (300.0, True)),
        # Only update flows have a real-time mode.
        (False, {"pipelines.trigger": "RealTime"}, {}, (5.0, False)),
        (True, {"pipelines.trigger.interval": "1 minute"}, {"pipelines.trigger": "realtime"}, (60.0, True)),
        (False, {"pipelines.trigger.interval": "1 minute"}, {"pipelines.trigger.interval": "1 s"}, (1.0, False)),
    ],
)
def test_the_flow_decides_before_the_pipeline(
    *, is_update: bool, settings: dict[str, str], own: dict[str, str], expected: tuple[float, bool]
) -> None:
    flow = QueryFlow("flow", "sink", lambda: None, SourceLocation("x.py", 1), own, is_update=is_update)  # type: ignore[arg-type, return-value] # never called
    pace = continuous_pace(flow, settings, threading.Event())
    assert (pace.interval_s, pace.is_real_time) == expected


def test_micro_batches_together() -> None:
    batches = [
        Progress(3, 0, None, 2, None, None, 1, (RuleCount("a", "t", 2, 1),), 7),
        Progress(4, 9, None, 3, None, None, 0, (RuleCount("a", "t", 4, 0), RuleCount("b", "v", 1, 1)), 8, None, "{}"),
    ]
    rules = (RuleCount("a", "t", 6, 1), RuleCount("b", "v", 1, 1))
    assert summed(batches) == Progress(7, 9, None, 5, None, None, 1, rules, 8, None, "{}")
    assert summed([Progress(input_rows=1)]).output_rows is None
