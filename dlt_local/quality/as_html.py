"""The report for people: one page that needs no network, no script and no colour to be read."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from dlt_local.quality import lineage, sparkline
from dlt_local.quality.as_json import document_of
from dlt_local.quality.check_wording import check_text, expected_text, observed_text, worst_checks_first
from dlt_local.quality.measured import POSITION
from dlt_local.quality.model import Dataset, RuleStatus
from dlt_local.quality.rule_row import rule_rows
from dlt_local.quality.standing import Standing, standing_of_check, worst_of
from dlt_local.quality.trends import FEWEST
from dlt_local.quality.verdict import rule_findings
from dlt_local.quality.wording import COUNTED, OUTCOMES, allowed_text, most_allowed, notice, rate_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dlt_local.quality.measured import DatasetCheck
    from dlt_local.quality.model import QualityReport
    from dlt_local.quality.rule_row import RuleRow

MOST_BYTES = 1_000_000
# So many of each list, with the data for programs or without: what fits is taken.
_SIZES = ((10_000, True), (10_000, False), (500, False), (250, False), (100, False), (50, False))
_DRAWN = 150
_MOST_LETTERS = 2_000
_TROUBLED = frozenset({"FAILED", "SKIPPED"})
_END_OF_WORD = re.compile("(?<=[_/])")
_PAGE = Path(__file__).with_name("page")


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What the page shows of one check; `number` is its place, the worst first."""

    number: int
    check: DatasetCheck
    standing: Standing


def html_text(report: QualityReport) -> str:
    """The whole page; of a report that is too long the worst rules, and it says how many are left out."""
    text = ""
    for most, with_data in _SIZES:
        text = _rendered(report, most, with_data=with_data)
        if len(text.encode()) < MOST_BYTES:
            break
    return text


def _rendered(report: QualityReport, most: int, *, with_data: bool) -> str:
    findings = rule_findings(report.updates, report.verdict.fail_under)
    rows = rule_rows(report, findings)
    datasets, worst = _datasets(report), worst_of(report.expectations, findings, report.checks)
    checks = [
        CheckRow(number, check, standing_of_check(check))
        for number, check in enumerate(worst_checks_first(report.checks), start=1)
    ]
    judged = [row for row in rows if row.standing is not Standing.OPEN]
    text = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            last=report.last,
            verdict=report.verdict,
            notice=notice(report),
            outcome=OUTCOMES[report.verdict.outcome],
            most=most,
            judged=judged,
            unjudged=[row for row in rows if row.standing is Standing.OPEN],
            counts=Counter(row.standing for row in rows),
            why_open=Counter(rate_text(row.result) for row in rows if row.standing is Standing.OPEN),
            unusual=[row for row in judged if row.result.trend and row.result.trend.is_unusual],
            rows_of_data=_rows_of_data(report),
            datasets=datasets,
            worst=worst,
            drawing=lineage.lineage(datasets, worst) if 0 < len(datasets) <= _DRAWN else None,
            limited=sum(most_allowed(result) is not None for result in report.expectations),
            links=_links(rows, checks),
            checks=checks,
            checks_to_see=[row for row in checks if row.standing not in {Standing.OPEN, Standing.PASSED}],
            checks_open=[row for row in checks if row.standing is Standing.OPEN],
            checks_passed=[row for row in checks if row.standing is Standing.PASSED],
            sampled=[row for row in rows if row.result.samples],
            flows=[flow for update in report.updates for flow in update.flows if flow.status in _TROUBLED],
            not_known=report.not_known,
            data=_data(report) if with_data else None,
        )
    )
    # A log may hold halves of characters, which no file can.
    return text.encode("utf-8", "replace").decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        breakable=_breakable,
        clip=_clip,
        count=_count,
        points=_points,
        moment=_moment,
        day=_day,
        iso=_iso,
        rate=rate_text,
        allowed=allowed_text,
        most=most_allowed,
        observed=observed_text,
        expected=expected_text,
    )
    environment.globals.update(
        # These stand beside the keys.
        POSITION=(*POSITION, "source_file"),
        Standing=Standing,
        Status=RuleStatus,
        COUNTED=COUNTED,
        FEWEST=FEWEST,
        node=lineage,
        spark=sparkline,
    )
    return environment


def _links(rows: Sequence[RuleRow], checks: Sequence[CheckRow]) -> dict[str, str]:
    """Where on the page stands what a reason of the verdict is about."""
    of_rules = {row.finding.why: f"rule-{row.number}" for row in rows if row.finding}
    return of_rules | {check_text(row.check): f"check-{row.number}" for row in checks}


def _rows_of_data(report: QualityReport) -> list[tuple[str, int | None]]:
    taken = [update.rows_in for update in report.updates]
    known = [rows for rows in taken if rows is not None]
    return [
        ("rows in", sum(known) if len(known) == len(taken) else None),
        ("rows out", sum(update.rows_out for update in report.updates)),
        ("rows dropped", sum(update.rows_dropped for update in report.updates)),
    ]


def _datasets(report: QualityReport) -> Sequence[Dataset]:
    """Those of the log's definitions, else those that have rules."""
    with_rules = sorted({result.rule.dataset for result in report.expectations})
    return report.last.datasets or [Dataset(name, ()) for name in with_rules]


def _data(report: QualityReport) -> Markup:
    return htmlsafe_json_dumps(document_of(report), ensure_ascii=False, separators=(",", ":"))


def _clip(text: object) -> str:
    whole = str(text)
    return whole if len(whole) <= _MOST_LETTERS else f"{whole[:_MOST_LETTERS]} … ({len(whole)} characters)"


def _breakable(name: object) -> Markup:
    """A name that may go on in the next line after what ends a word."""
    return Markup("<wbr>").join(_END_OF_WORD.split(_clip(name)))


def _count(number: int | None) -> str:
    return "not known" if number is None else f"{number:,}"


def _points(share: float) -> str:
    """Percentage points with their sign; what rounds to nothing has none."""
    text = f"{share * 100:+.2f}"
    return "0.00" if text in {"+0.00", "-0.00"} else text.replace("-", "\u2212")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
