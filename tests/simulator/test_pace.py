from __future__ import annotations

from itertools import pairwise

import pytest

from dlt_local.errors import PipelineError
from simulator.heart_rates import Kind, Plan, emergencies, readings
from simulator.message import Message
from simulator.pacing import Stopwatch, at_once, sped_up, steady

DAY_MS = 24 * 3600 * 1000


def test_a_steady_pace_has_equal_distances() -> None:
    pace = steady(4)
    assert [pace(Message("t", None, None)) for _ in range(4)] == [0.0, 0.25, 0.5, 0.75]


def test_the_pace_of_the_events_is_sped_up_and_neither_late_ones_nor_wrong_clocks_stop_it() -> None:
    pace = sped_up(10)
    times = [None, 1_000, 21_000, 11_000, None, 31_000, 31_000 + 2 * DAY_MS, 41_000, 51_000]
    due = [pace(Message("t", None, None, time)) for time in times]
    assert due == [0.0, 0.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0]
    assert at_once(Message("t", None, None)) == 0.0


def test_a_stopwatch_waits_until_a_message_is_due() -> None:
    clock = [100.0]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    waits: list[float] = []
    watch = Stopwatch(sleep, now=lambda: clock[0])
    watch.wait_until(0.5)
    assert waits == pytest.approx([0.2, 0.2, 0.1])
    watch.wait_until(0.3)
    assert len(waits) == 3
    Stopwatch(sleep, lambda: len(waits) == 5, lambda: clock[0]).wait_until(100)
    assert len(waits) == 5


def test_a_seed_decides_every_heart_rate_and_emergency() -> None:
    plan = Plan(devices=4, rate=8.0, emergencies=2, emergency_s=5.0, duration_s=30.0, seed=3)
    first, second = list(readings(plan, emergencies(plan))), list(readings(plan, emergencies(plan)))
    other = Plan(devices=4, rate=8.0, emergencies=2, emergency_s=5.0, duration_s=30.0, seed=4)

    assert first == second
    assert first != list(readings(other, emergencies(other)))
    assert [reading.due_s for reading in first] == [number / 8 for number in range(240)]
    assert [reading.device_id for reading in first[:5]] == [310001, 310002, 310003, 310004, 310001]


@pytest.mark.parametrize(("lasts_s", "readings_of_it"), [(7.0, 8), (7.5, 9)])
def test_only_emergencies_leave_the_range_of_rest_and_they_last_long_enough(
    lasts_s: float, readings_of_it: int
) -> None:
    plan = Plan(devices=20, rate=20.0, emergencies=10, emergency_s=lasts_s, duration_s=60.0, seed=1)
    planned = emergencies(plan)
    all_readings = list(readings(plan, planned))
    odd = [reading for reading in all_readings if not 40 < reading.bpm < 100]

    assert {emergency.kind for emergency in planned} == {Kind.HIGH, Kind.LOW}
    assert [reading.begins for reading in all_readings if reading.begins] == planned
    assert {reading.device_id for reading in odd} == {emergency.device_id for emergency in planned}
    for emergency in planned:
        of_device = [reading for reading in odd if reading.device_id == emergency.device_id]
        assert len(of_device) == readings_of_it
        assert all((reading.bpm > 200) is (emergency.kind is Kind.HIGH) for reading in of_device)
        # Without a break.
        assert {round(later.due_s - sooner.due_s, 6) for sooner, later in pairwise(of_device)} == {1.0}


def test_emergencies_that_do_not_fit_are_refused() -> None:
    with pytest.raises(PipelineError, match="3 emergencies need as many devices, and there are 2"):
        emergencies(Plan(devices=2, emergencies=3))
    with pytest.raises(PipelineError, match=r"An emergency of 20 s does not fit into 10 s with a reading of each"):
        emergencies(Plan(devices=2, rate=2.0, emergencies=1, duration_s=10.0))
