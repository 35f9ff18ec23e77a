"""Episodes of heart rates that deserve a notice, and of devices that measure nothing, one watch after the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    import duckdb

Owner = tuple[int, int]
"""Member and device."""

_AT = pa.timestamp("us", "UTC")
_EPISODES = pa.schema(
    [
        ("alert_id", pa.string()), ("rule", pa.string()), ("severity", pa.string()), ("user_id", pa.int64()),
        ("device_id", pa.int64()), ("started_at", _AT), ("detected_at", _AT), ("ended_at", _AT),
        ("min_bpm", pa.float64()), ("avg_bpm", pa.float64()), ("max_bpm", pa.float64()), ("samples", pa.int64()),
        ("coverage", pa.float64()),
    ]
)  # fmt: skip
_HIGH_BPM, _HIGH_CLEAR_BPM, _LOW_BPM, _LOW_CLEAR_BPM = 120, 115, 40, 42
_SILENCE = timedelta(seconds=60)
_ARTEFACT = timedelta(seconds=10)
_STUCK_AT_REST, _STUCK_IN_WORKOUT = timedelta(seconds=600), timedelta(seconds=120)
_DROPOUT = timedelta(seconds=300)
_DRIFT_BPM, _DRIFT_MADS = 5.0, 3 * 1.4826


@dataclass(frozen=True, slots=True)
class Reading:
    """A valid reading as worn, with the highest rate of the member's age on its day."""

    at: datetime
    bpm: float
    stands_s: float
    state: str
    state_since: datetime | None
    hr_max: float | None = None
    is_artefact: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Raised by what holds for `after`, over as soon as its opposite holds for `clear_after`."""

    name: str
    is_raised: Callable[[Reading], bool]
    is_clear: Callable[[Reading], bool]
    after: timedelta
    clear_after: timedelta
    states: frozenset[str]
    coverage: float
    """Share of `after` that must be measured."""


_ANY_STATE = frozenset({"rest", "recovery", "workout"})
HIGH = Rule(
    "HIGH_HR_AT_REST",
    lambda each: each.bpm > _HIGH_BPM,
    lambda each: each.bpm < _HIGH_CLEAR_BPM,
    timedelta(seconds=600),
    timedelta(seconds=120),
    frozenset({"rest"}),
    0.8,
)
LOW = Rule(
    "LOW_HR",
    lambda each: each.bpm < _LOW_BPM,
    lambda each: each.bpm >= _LOW_CLEAR_BPM,
    timedelta(seconds=600),
    timedelta(0),
    _ANY_STATE,
    0.8,
)
OVER_MAX = Rule(
    "HR_OVER_MAX",
    lambda each: each.hr_max is not None and each.bpm > each.hr_max and not each.is_artefact,
    lambda each: each.hr_max is not None and each.bpm <= each.hr_max,
    timedelta(seconds=60),
    timedelta(seconds=60),
    frozenset({"workout"}),
    0.0,
)


@dataclass(frozen=True, slots=True)
class Episode:
    """From the first reading of the stretch that raised it to the reading at which it was over, or the last one."""

    readings: tuple[Reading, ...]
    detected_at: datetime
    ended_at: datetime


def episodes_of(rule: Rule, readings: Sequence[Reading]) -> Iterator[Episode]:
    """What the rule finds in the readings of a member and device, in order of time."""
    for watch in _watches(rule, readings):
        yield from _in_watch(rule, _marked(watch))


def _watches(rule: Rule, readings: Sequence[Reading]) -> Iterator[list[Reading]]:
    """Stretches of the rule's states without a silence; a change of state ends one, unless the rule has all states."""
    watch: list[Reading] = []
    for reading in readings:
        goes_on = bool(watch) and reading.at - watch[-1].at <= _SILENCE
        if rule.states != _ANY_STATE:
            goes_on = goes_on and reading.state == watch[-1].state and reading.state_since == watch[-1].state_since
        if watch and not goes_on:
            yield watch
            watch = []
        if reading.state in rule.states:
            watch.append(reading)
        elif watch:
            yield watch
            watch = []
    if watch:
        yield watch


def _in_watch(rule: Rule, watch: Sequence[Reading]) -> Iterator[Episode]:
    first: int | None = None  # of the run that may raise
    number = 0
    while number < len(watch):
        if not rule.is_raised(watch[number]):
            first = None
        elif first is None:
            first = number
        if first is not None and _is_met(rule, watch[first : number + 1]):
            over = _over(rule, watch, number)
            last = len(watch) if over is None else over
            yield Episode(tuple(watch[first:last]), watch[number].at, watch[-1].at if over is None else watch[over].at)
            number, first = last, None
        else:
            number += 1


def _is_met(rule: Rule, run: Sequence[Reading]) -> bool:
    """Whether the run is as long as the rule demands, and the time so far of that length is measured well enough."""
    now = run[-1].at
    if now - run[0].at < rule.after:
        return False
    since = now - rule.after
    measured = sum(
        max(0.0, (min(each.at + timedelta(seconds=each.stands_s), now) - max(each.at, since)).total_seconds())
        for each in run
    )
    return measured >= rule.coverage * rule.after.total_seconds()


def _over(rule: Rule, watch: Sequence[Reading], number: int) -> int | None:
    """The reading at which what clears has held for long enough; None if the watch ends before."""
    first: int | None = None
    for index in range(number + 1, len(watch)):
        if not rule.is_clear(watch[index]):
            first = None
            continue
        first = index if first is None else first
        if watch[index].at - watch[first].at >= rule.clear_after:
            return index
    return None


def _marked(watch: Sequence[Reading]) -> list[Reading]:
    """Ten seconds above 110 % of the highest rate are no heart rate."""
    found: list[Reading] = []
    for is_beyond, group in groupby(
        watch, lambda each: each.hr_max is not None and each.bpm > 1.1 * each.hr_max + 1e-9
    ):
        run = list(group)
        is_artefact = is_beyond and run[-1].at - run[0].at >= _ARTEFACT
        found.extend(replace(each, is_artefact=is_artefact) for each in run)
    return found


def stuck_of(readings: Sequence[Reading]) -> Iterator[Episode]:
    """One value for ten minutes, or for two of a workout, until another value or a silence."""
    start = 0
    for end in range(1, len(readings) + 1):
        if end < len(readings) and readings[end].bpm == readings[start].bpm and _follows(readings, end):
            continue
        detected = _stuck_at(readings[start:end])
        if detected is not None:
            is_over = end < len(readings) and _follows(readings, end)
            yield Episode(tuple(readings[start:end]), detected, readings[end if is_over else end - 1].at)
        start = end


def _follows(readings: Sequence[Reading], number: int) -> bool:
    return readings[number].at - readings[number - 1].at <= _SILENCE


def _stuck_at(run: Sequence[Reading]) -> datetime | None:
    trained_since: datetime | None = None
    for reading in run:
        if reading.state != "workout":
            trained_since = None
        elif trained_since is None:
            trained_since = reading.at
        if reading.at - run[0].at >= _STUCK_AT_REST:
            return reading.at
        if trained_since is not None and reading.at - trained_since >= _STUCK_IN_WORKOUT:
            return reading.at
    return None


def drifts_of(
    days: Sequence[tuple[date, float | None, float | None, float | None]],
) -> Iterator[list[tuple[date, float]]]:
    """Two days and more in a row, with their resting heart rates, that are far above the usual.

    `days` have their resting heart rate, its drift, and the deviation of the baseline.
    """
    run: list[tuple[date, float]] = []
    for day, resting_hr, drift_bpm, mad in days:
        is_far = (
            resting_hr is not None
            and drift_bpm is not None
            and mad is not None
            and (drift_bpm > max(_DRIFT_BPM, _DRIFT_MADS * mad) + 1e-9)
        )
        if run and (not is_far or day != run[-1][0] + timedelta(days=1)):
            if len(run) > 1:
                yield run
            run = []
        if is_far and resting_hr is not None:
            run.append((day, resting_hr))
    if len(run) > 1:
        yield run


def add_alerts(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables expected.health_alerts and expected.device_health."""
    worn = _worn(connection)
    alerts = [
        _row(rule.name, "warning", owner, episode)
        for owner, readings in worn.items()
        for rule in (HIGH, LOW, OVER_MAX)
        for episode in episodes_of(rule, readings)
    ]
    stuck = [
        _row("SENSOR_STUCK", "info", owner, episode)
        for owner, readings in worn.items()
        for episode in stuck_of(readings)
    ]
    for name, rows in (
        ("health_alerts", alerts + list(_drift_rows(connection))),
        ("device_health", stuck + list(_dropout_rows(connection))),
    ):
        connection.register(f"made_{name}", pa.Table.from_pylist(rows, _EPISODES))
        connection.execute(f"CREATE TABLE expected.{name} AS FROM made_{name}")


def _worn(connection: duckdb.DuckDBPyConnection) -> dict[Owner, list[Reading]]:
    found: defaultdict[Owner, list[Reading]] = defaultdict(list)
    for user_id, device_id, *values in connection.execute("""
        WITH profiles AS (SELECT user_id, unnest(profile) FROM expected.profile_versions WHERE ended_at IS NULL)
        SELECT worn.user_id, device_id, event_time, bpm, stands_s, worn.state, state_since,
          round(208 - 0.7 * date_part('year', age(hr_date::TIMESTAMP, dob::TIMESTAMP)), 6)::DOUBLE
        FROM expected.worn_heart_rate AS worn LEFT JOIN profiles USING (user_id)
        WHERE NOT is_forgotten(worn.user_id, event_time) ORDER BY worn.user_id, device_id, event_time
        """).fetchall():
        found[user_id, device_id].append(Reading(*values))
    return found


def _row(rule: str, severity: str, owner: Owner, episode: Episode) -> dict[str, Any]:
    readings, end = episode.readings, episode.ended_at
    weight = sum(each.stands_s for each in readings)
    known = sum(min(each.stands_s, (end - each.at).total_seconds()) for each in readings)
    return {
        **_named(rule, severity, owner, episode.detected_at),
        "started_at": readings[0].at,
        "ended_at": end,
        "min_bpm": min(each.bpm for each in readings),
        "avg_bpm": sum(each.bpm * each.stands_s for each in readings) / weight,
        "max_bpm": max(each.bpm for each in readings),
        "samples": len(readings),
        "coverage": known / (end - readings[0].at).total_seconds(),
    }


def _named(rule: str, severity: str, owner: Owner, detected_at: datetime) -> dict[str, Any]:
    microseconds = (detected_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    text = f"{rule}|{owner[0]}|{owner[1]}|{microseconds}"
    return {
        "alert_id": sha256(text.encode()).hexdigest()[:32],
        "rule": rule,
        "severity": severity,
        "user_id": owner[0],
        "device_id": owner[1],
        "detected_at": detected_at,
    }


def _drift_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    found = connection.execute("""
        SELECT user_id, device_id, hr_date, resting_hr, drift_bpm, baseline_mad FROM expected.hr_daily
        ORDER BY user_id, hr_date""").fetchall()
    for user_id, group in groupby(found, lambda row: row[0]):
        own = list(group)
        devices = {row[2]: row[1] for row in own}
        for run in drifts_of([row[2:] for row in own]):
            rates = [rate for _, rate in run]
            yield {
                **_named("RHR_DRIFT", "warning", (user_id, devices[run[1][0]]), _after(run[1][0])),
                "started_at": _after(run[0][0]) - timedelta(days=1),
                "ended_at": _after(run[-1][0]),
                "min_bpm": min(rates),
                "avg_bpm": sum(rates) / len(rates),
                "max_bpm": max(rates),
                "samples": len(rates),
                "coverage": 1.0,
            }


def _after(day: date) -> datetime:
    """The end of the day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _dropout_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """More than five minutes of active time without a reading, in workouts that have any."""
    session = "user_id, workout_id, session_id, started_at"
    found = connection.execute(f"""
        WITH devices AS (SELECT {session}, any_value(device_id) AS device_id FROM expected.workout_bpm GROUP BY ALL),
        inside AS (
          SELECT {session}, interval_start, list_sort(list(event_time)) AS instants FROM expected.workout_bpm
          GROUP BY ALL
        )
        SELECT user_id, device_id, interval_start, interval_end, instants
        FROM expected.workout_intervals JOIN devices USING ({session})
        LEFT JOIN inside USING ({session}, interval_start) WHERE NOT is_forgotten(user_id, interval_start)
        """).fetchall()
    for user_id, device_id, start, end, instants in found:
        for before, after in pairwise([start, *(instants or ()), *([end] if end is not None else [])]):
            if after - before > _DROPOUT:
                yield {
                    **_named("SENSOR_DROPOUT", "info", (user_id, device_id), before + _DROPOUT),
                    "started_at": before,
                    "ended_at": after,
                    "samples": 0,
                    "coverage": 0.0,
                }
