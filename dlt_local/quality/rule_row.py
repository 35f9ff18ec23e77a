"""What the page shows of one result, besides its counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.quality.sparkline import Sparkline, sparkline
from dlt_local.quality.standing import Standing, standing
from dlt_local.quality.wording import rule_place, worst_first

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.quality.model import ExpectationResult, PastUpdate, QualityReport
    from dlt_local.quality.verdict import Finding


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A result; `failing` are the updates in a row, until its own, in which rows failed.

    Its samples go by `number` on the page.
    """

    number: int
    result: ExpectationResult
    standing: Standing
    finding: Finding | None
    place: str
    sparkline: Sparkline
    failing: Sequence[PastUpdate]
    last_rate: tuple[float, PastUpdate] | None


def rule_rows(report: QualityReport, findings: Mapping[ExpectationResult, Finding]) -> list[RuleRow]:
    """All results of a report, the worst first."""
    root = _common_folder(report.expectations)
    rows = [_row(number, result, report, findings, root) for number, result in enumerate(worst_first(report), start=1)]
    return sorted(rows, key=lambda row: row.standing.rank)


def _row(
    number: int,
    result: ExpectationResult,
    report: QualityReport,
    findings: Mapping[ExpectationResult, Finding],
    root: str,
) -> RuleRow:
    rates = result.trend.rates if result.trend else (result.failed_rate,)
    known = [(rate, past) for rate, past in zip(rates, report.history, strict=False) if rate is not None]
    failing = [past for _, past in takewhile(lambda one: one[0] > 0, reversed(known))]
    return RuleRow(
        number=number,
        result=result,
        standing=standing(result, findings),
        finding=findings.get(result),
        place=rule_place(result).removeprefix(root),
        sparkline=sparkline(rates, len(report.history)),
        failing=failing[::-1] if result.failed_rate else (),
        last_rate=known[-1] if known else None,
    )


def _common_folder(results: Sequence[ExpectationResult]) -> str:
    """What all places begin with, down to the folder that holds them all."""
    places = (result.entry or result.rule for result in results)
    files = {place.source_file for place in places if place.source_file}
    try:
        folder = Path(commonpath([str(Path(file).parent) for file in files])).parent
    except ValueError:
        return ""
    return f"{folder}/" if str(folder) not in {"/", "."} else ""
