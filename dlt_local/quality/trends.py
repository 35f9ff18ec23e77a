"""Compares the rates of an update with those of the updates before it."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from dlt_local.quality.model import Trend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.quality.model import ExpectationResult, UpdateQuality

# How many updates a trend looks at, its own included.
LENGTH = 30
FEWEST = 7
UNUSUAL_Z = 3.5
# Scales the median absolute deviation of a normal distribution to its standard deviation.
_SCALE = 0.6745
# Half a percentage point is no news, however steady the rate was.
LEAST_CHANGE = 0.005
# If the rates did not vary, a change is measured by the rate itself.
RELATIVE_BAND = 0.25
_FIRST_OF_WEEKEND = 5

_Key = tuple[str | None, str, str]


def with_trends(update: UpdateQuality, before: Sequence[UpdateQuality]) -> UpdateQuality:
    """The same update, its results with trends; `before` are the updates until it, oldest first."""
    past = [(_is_weekend(other) is _is_weekend(update), _by_rule(other)) for other in before]
    return replace(
        update,
        expectations=tuple(replace(result, trend=_trend(result, past)) for result in update.expectations),
    )


def robust_z(rate: float, earlier: Sequence[float]) -> float | None:
    """How many deviations a rate lies off the median of earlier ones; None if those do not deviate."""
    middle = median(earlier)
    deviation = median(abs(other - middle) for other in earlier)
    return _SCALE * (rate - middle) / deviation if deviation else None


def is_unusual(rate: float, earlier: Sequence[float]) -> bool:
    """Whether a rate is far from earlier ones, and by a change that matters."""
    change = abs(rate - median(earlier))
    z = robust_z(rate, earlier)
    is_far = change > RELATIVE_BAND * median(earlier) if z is None else abs(z) > UNUSUAL_Z
    return is_far and change >= LEAST_CHANGE


def _trend(result: ExpectationResult, past: Sequence[tuple[bool, Mapping[_Key, ExpectationResult]]]) -> Trend:
    found = [(is_alike, _rate_of_same_rule(result, results)) for is_alike, results in past]
    earlier = [rate for is_alike, rate in found if is_alike and rate is not None]
    rate = result.failed_rate
    can_tell = rate is not None and len(earlier) >= FEWEST
    return Trend(
        rates=(*(rate for _, rate in found), rate),
        compared=len(earlier),
        median=median(earlier) if earlier else None,
        robust_z=robust_z(rate, earlier) if rate is not None and can_tell else None,
        is_unusual=is_unusual(rate, earlier) if rate is not None and can_tell else None,
    )


def _rate_of_same_rule(result: ExpectationResult, results: Mapping[_Key, ExpectationResult]) -> float | None:
    other = results.get(_key(result))
    return other.failed_rate if other and _meaning(other) == _meaning(result) else None


def _by_rule(update: UpdateQuality) -> dict[_Key, ExpectationResult]:
    return {_key(result): result for result in update.expectations}


def _key(result: ExpectationResult) -> _Key:
    return (result.flow_name, result.rule.dataset, result.rule.name)


def _meaning(result: ExpectationResult) -> tuple[str | None, ...]:
    return (result.rule.constraint_sql, result.rule.action, result.counted)


def _is_weekend(update: UpdateQuality) -> bool:
    return update.started_at.weekday() >= _FIRST_OF_WEEKEND
