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


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A result; `failing` are the updates in a row, until its own, in which rows failed."""

    result: ExpectationResult
    standing: Standing
    breach: str | None
    place: str
    sparkline: Sparkline
    failing: Sequence[PastUpdate]
    last_rate: tuple[float, PastUpdate] | None


def rule_rows(report: QualityReport, breaches: Mapping[ExpectationResult, str]) -> list[RuleRow]:
    """All results of a report, the worst first."""
    root = _common_folder(report.expectations)
    rows = [_row(result, report, breaches, root) for result in worst_first(report)]
    return sorted(rows, key=lambda row: row.standing.rank)


def _row(
    result: ExpectationResult, report: QualityReport, breaches: Mapping[ExpectationResult, str], root: str
) -> RuleRow:
    rates = result.trend.rates if result.trend else (result.failed_rate,)
    known = [(rate, past) for rate, past in zip(rates, report.history, strict=False) if rate is not None]
    failing = [past for _, past in takewhile(lambda one: one[0] > 0, reversed(known))]
    return RuleRow(
        result=result,
        standing=standing(result, breaches),
        breach=breaches.get(result),
        place=rule_place(result).removeprefix(root),
        sparkline=sparkline(rates, len(report.history)),
        failing=failing[::-1] if result.failed_rate else (),
        last_rate=known[-1] if known else None,
    )


def _common_folder(results: Sequence[ExpectationResult]) -> str:
    """What all places begin with, down to the folder that holds them all."""
    files = {result.rule.source_file for result in results if result.rule.source_file}
    try:
        folder = Path(commonpath([str(Path(file).parent) for file in files])).parent
    except ValueError:
        return ""
    return f"{folder}/" if str(folder) not in {"/", "."} else ""
