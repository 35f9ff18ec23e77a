"""What jobs measured besides the rules: checks of data sets as a whole, and samples of rows that failed rules."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dlt_local.errors import PipelineError
from dlt_local.quality.personal import without_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

POSITION = ("topic", "partition", "offset")
CHECKS, SAMPLES = "dq_dataset_checks", "dq_failed_samples"
PASSED, FAILED, NOT_EVALUATED = "passed", "failed", "not_evaluated"
MOST_SAMPLES = 20
_STATUSES = frozenset({PASSED, FAILED, NOT_EVALUATED})
_SEVERITIES = frozenset({"critical", "warning", "info"})

# Data set and rule.
RuleName = tuple[str, str]


class UnreadableTableError(PipelineError):
    """A table of measurements is not as the report knows it."""


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """One question about a data set as a whole, after an update; `engine` is `gx`, `sql`, or `log`.

    `observed` should lie between `low` and `high`, as far as there are numbers; `details` say more in words.
    """

    update_id: str
    dataset: str
    name: str
    engine: str
    severity: str
    status: str
    observed: float | None
    low: float | None
    high: float | None
    details: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A row that failed a rule: its key columns, why, the value that was looked at, and where it came from."""

    keys: tuple[tuple[str, str], ...]
    reason: str
    observed: str | None
    position: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Checks of data sets, and samples by data set and rule; empty if nobody has measured."""

    checks: tuple[DatasetCheck, ...] = ()
    samples: Mapping[RuleName, tuple[Sample, ...]] = field(default_factory=dict)


def checks_of(rows: Iterable[Mapping[str, Any]], updates: Sequence[str]) -> tuple[DatasetCheck, ...]:
    """Each check once, as the latest of the updates has it; `updates` are ids, oldest first."""
    found: dict[tuple[str, str], DatasetCheck] = {}
    for check in sorted(map(_check, rows), key=lambda check: updates.index(check.update_id)):
        found[check.dataset, check.name] = check
    return tuple(found[name] for name in sorted(found))


def samples_of(rows: Iterable[Mapping[str, Any]], updates: Sequence[str]) -> dict[RuleName, tuple[Sample, ...]]:
    """At most MOST_SAMPLES per rule, of the latest of the updates that has some."""
    found: dict[RuleName, dict[str, list[Sample]]] = {}
    for row in rows:
        name = (_text(row, "dataset"), _text(row, "expectation"))
        found.setdefault(name, {}).setdefault(_text(row, "update_id"), []).append(_sample(row))
    latest = {name: of_update[max(of_update, key=updates.index)] for name, of_update in found.items()}
    return {name: tuple(samples[:MOST_SAMPLES]) for name, samples in latest.items()}


def _check(row: Mapping[str, Any]) -> DatasetCheck:
    return DatasetCheck(
        update_id=_text(row, "update_id"),
        dataset=_text(row, "dataset"),
        name=_text(row, "check_name"),
        engine=_text(row, "engine"),
        severity=_word(row, "severity", _SEVERITIES),
        status=_word(row, "status", _STATUSES),
        observed=_number(row, "observed"),
        low=_number(row, "expected_low"),
        high=_number(row, "expected_high"),
        details=_details(row.get("details_json")),
    )


def _sample(row: Mapping[str, Any]) -> Sample:
    keys = _object(row.get("keys"))
    observed = row.get("observed")
    return Sample(
        keys=tuple((str(name), _shown(value)) for name, value in keys.items()),
        reason=_shown(row.get("reason") or ""),
        observed=None if observed is None else _shown(observed),
        position=_position(row),
    )


def _position(row: Mapping[str, Any]) -> str:
    """A file, or a place in a topic."""
    parts = [f"{part} {row[part]}" for part in POSITION if row.get(part) is not None]
    file = row.get("source_file")
    return ", ".join([_shown(file)] * bool(file) + parts)


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    if not isinstance(value, str) or not value:
        raise UnreadableTableError(f"A row of measurements has no {column}", remedy=_remedy())
    return value


def _word(row: Mapping[str, Any], column: str, known: frozenset[str]) -> str:
    value = _text(row, column)
    if value not in known:
        raise UnreadableTableError(f"A row of measurements has the {column} '{value}'", remedy=_remedy())
    return value


def _number(row: Mapping[str, Any], column: str) -> float | None:
    value = row.get(column)
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError) as error:
        what = f"A row of measurements has {column} {value!r}, no number"
        raise UnreadableTableError(what, remedy=_remedy()) from error


def _remedy() -> str:
    return f"{CHECKS} and {SAMPLES} are those of quality jobs; make them anew."


def _object(value: object) -> Mapping[str, Any]:
    """JSON text or an object; what is neither is shown as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {"key": value}
    return value if isinstance(value, dict) else {} if value is None else {"key": value}


def _details(value: object) -> str:
    """Why, if the details say so; else all that they say, a field each."""
    details = _object(value)
    why = next((details[name] for name in ("why", "reason", "message", "error") if details.get(name)), None)
    if why is not None:
        return _shown(why)
    # Of which kind a check is, its name says.
    told = {name: one for name, one in details.items() if name != "kind" and one not in (None, "", [], {})}
    return "; ".join(f"{name}: {_shown(one)}" for name, one in told.items())


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return str(without_people(text))
