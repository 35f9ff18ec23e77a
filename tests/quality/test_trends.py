"""Rates against those of earlier updates, calculated by hand, and rules that changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from dlt_local.quality import Outcome, json_text, quality_report
from dlt_local.quality.as_json import SCHEMA
from tests.quality.log_of_updates import Log
from tests.quality.updates_in_a_row import POSITIVE, SEVEN, failing, moved

if TYPE_CHECKING:
    from dlt_local.quality.model import Trend


def trend_of(log: Log, update: str = "latest") -> Trend:
    (result,) = quality_report(log.events, update=update).last.expectations
    assert result.trend is not None
    return result.trend


def test_z_is_the_distance_from_the_median_in_scaled_deviations() -> None:
    trend = trend_of(failing(*SEVEN, 20))
    assert trend.rates == (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.20)
    assert (trend.compared, trend.median, trend.is_unusual) == (7, 0.04, True)
    # The change of 0.16 is 8 deviations, times 0.6745.
    assert trend.robust_z == pytest.approx(5.396)
    assert trend.delta == pytest.approx(0.16)


@pytest.mark.parametrize(
    ("now", "z", "is_unusual"),
    # 14 lies 10 off the median, 0.6745 * 5; 15 lies 11 off it, 0.6745 * 5.5; a fall is as unusual as a rise.
    [(14, 3.3725, False), (15, 3.70975, True), (0, -1.349, False)],
)
def test_more_than_three_and_a_half_is_unusual(now: int, z: float, *, is_unusual: bool) -> None:
    trend = trend_of(failing(*SEVEN, now))
    assert trend.robust_z == pytest.approx(z)
    assert trend.is_unusual is is_unusual


def test_half_a_percentage_point_is_the_least_change_that_is_unusual() -> None:
    # Of 10,000 rows the median is 4 and the deviation 2 as before; 40 rows are 0.36 points more, 60 are 0.56 more.
    assert trend_of(failing(*SEVEN, 40, of=10_000)).is_unusual is False
    assert trend_of(failing(*SEVEN, 60, of=10_000)).is_unusual is True


@pytest.mark.parametrize(("now", "is_unusual"), [(8, False), (9, False), (11, True), (7, False), (5, True)])
def test_a_rate_that_never_varied_has_a_band_of_a_quarter_around_it(now: int, *, is_unusual: bool) -> None:
    trend = trend_of(failing(*([8] * 7), now))
    assert (trend.robust_z, trend.is_unusual) == (None, is_unusual)


def test_the_first_failure_of_a_rule_that_always_passed_is_unusual() -> None:
    assert trend_of(failing(*([0] * 7), 1)).is_unusual is True
    assert trend_of(failing(*([0] * 7), 0)).is_unusual is False


def test_six_updates_are_too_few_to_tell() -> None:
    trend = trend_of(failing(*SEVEN[:6], 20))
    assert (trend.compared, trend.median, trend.robust_z, trend.is_unusual) == (6, 0.035, None, None)


def test_thirty_updates_are_looked_at_and_none_after_the_one_asked_for() -> None:
    log = failing(*([50] * 5), *([1] * 29), 2, 99)
    report = quality_report(log.events, update="u35")
    trend = trend_of(log, "u35")
    assert trend.rates == (*[0.01] * 29, 0.02)
    assert [past.update_id for past in report.history] == [f"u{number}" for number in range(6, 36)]


def test_weekends_are_compared_with_weekends() -> None:
    # Saturday 18 April to Sunday 19 April, then Saturday 25 April.
    log = moved(failing(*SEVEN, *([50] * 7), 50), {f"u{n}": 4 + n % 2 for n in range(8, 15)} | {"u15": 11})
    trend = trend_of(log)
    assert (trend.compared, trend.median, trend.is_unusual) == (7, 0.5, False)
    assert len(trend.rates) == 15


def test_updates_without_rows_are_gaps() -> None:
    log = failing(10)
    log.start("u2").defines(POSITIVE).status("COMPLETED").state("COMPLETED")
    trend = trend_of(failing(20, log=log))
    assert (trend.rates, trend.compared, trend.median) == ((0.1, None, 0.2), 1, 0.1)
    assert trend_of(log, "u2").delta is None


def test_a_rule_of_another_condition_is_another_rule() -> None:
    trend = trend_of(failing(20, rule=("positive", "n >= 0", "ALLOW"), log=failing(10)))
    assert (trend.rates, trend.compared, trend.median, trend.delta) == ((None, 0.2), 0, None, None)


def test_a_trend_does_not_change_the_verdict() -> None:
    assert quality_report(failing(*SEVEN, 99).events).verdict.outcome is Outcome.GOOD


def test_changes_of_rules_are_told_by_fingerprint() -> None:
    def declares(log: Log, update: str, *rules: tuple[str, str, str]) -> Log:
        return log.start(update).defines(*rules).batch({rules[0][0]: (1, 0)}).state("COMPLETED")

    log = declares(Log(), "u1", POSITIVE, ("small", "n < 8", "DROP"), ("gone", "n <> 5", "FAIL"))
    declares(log, "u2", POSITIVE, ("small", "n < 9", "DROP"), ("new", "n <> 6", "FAIL"))
    changes = quality_report(log.events).changes
    assert changes is not None
    assert changes.compared_with == "u1"
    assert [rule.name for rule in changes.added] == ["new"]
    assert [rule.name for rule in changes.removed] == ["gone"]
    assert [(was.constraint_sql, now.constraint_sql) for was, now in changes.changed] == [("n < 8", "n < 9")]
    document = json.loads(json_text(quality_report(log.events)))
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    assert document["rule_changes"]["added"] == [
        {
            "dataset": "silver.numbers",
            "expectation": "new",
            "action": "FAIL",
            "constraint_sql": "n <> 6",
            # printf 'silver.numbers\nnew\nn <> 6\nFAIL' | sha256sum
            "rule_fingerprint": "18d1940595390fa145fba707dacfff96f623bec32be8986637463affa1320d75",
        }
    ]


def test_changes_are_unknown_without_declarations_or_an_earlier_update() -> None:
    assert quality_report(failing(1).events).changes is None
    undeclared = Log().start("u1").batch({"a": (1, 0)}).start("u2").batch({"b": (1, 0)})
    assert quality_report(undeclared.events).changes is None


def test_json_carries_history_and_trend() -> None:
    document = json.loads(json_text(quality_report(failing(*SEVEN, 20).events, fail_under=0.9)))
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    assert [past["update_id"] for past in document["history"]] == [f"u{number}" for number in range(1, 9)]
    (rule,) = document["updates"][0]["expectations"]
    assert rule["trend"]["rates"] == [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.2]
    assert (rule["trend"]["compared"], rule["trend"]["median"], rule["trend"]["unusual"]) == (7, 0.04, True)
    assert rule["breach"].startswith("Rule 'positive' of silver.numbers is passed by 80.00% of 100 rows")
    assert document["updates"][0]["datasets"] == [{"name": "silver.numbers", "reads": []}]


def test_the_first_update_with_its_retry_has_none_to_compare_with() -> None:
    log = Log().start("u1").defines(POSITIVE).batch({"positive": (1, 0)}).state("FAILED")
    log.start("u2", cause="RETRY_ON_FAILURE").defines(("new", "n > 1", "ALLOW")).batch({"new": (1, 0)})
    report = quality_report(log.state("COMPLETED").events)
    assert [update.update_id for update in report.updates] == ["u1", "u2"]
    assert report.changes is None
