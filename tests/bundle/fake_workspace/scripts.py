"""Updates that do what a test wrote down: a state at each look, and the events that come with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bundle.fake_workspace.answers import Json

_BEFORE_RUNNING = ("WAITING_FOR_RESOURCES", "INITIALIZING", "SETTING_UP_TABLES")
ENDS = frozenset({"COMPLETED", "FAILED", "CANCELED"})


@dataclass(frozen=True, slots=True)
class Happening:
    """An event without what the workspace adds: id, time, pipeline and update."""

    event_type: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    level: str = "INFO"
    origin: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One look at the update: its state from now on, and what has happened."""

    state: str
    happenings: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """All steps of an update; the last stays, so an update whose last step is no end never ends."""

    steps: tuple[Step, ...]

    @property
    def ends(self) -> bool:
        return self.steps[-1].state in ENDS


def completed(*happenings: Happening) -> Script:
    """An update that runs, does `happenings`, and is COMPLETED."""
    return Script((*_begun(happenings), Step("COMPLETED")))


def failed(*happenings: Happening, error: Sequence[tuple[str, str]] = ()) -> Script:
    """An update that is FAILED by a chain of exceptions: class and message, the outermost first."""
    end = Happening("update_progress", "Update {update} is FAILED.", {"state": "FAILED"}, "ERROR", {}, _error(error))
    return Script((*_begun(happenings), Step("FAILED", (end,))))


def canceled(*happenings: Happening) -> Script:
    """An update that somebody else stops."""
    return Script((*_begun(happenings), Step("STOPPING"), Step("CANCELED")))


def never_ending(*happenings: Happening) -> Script:
    """An update that stays RUNNING until it is stopped."""
    return Script(_begun(happenings))


def flow_progress(
    dataset: str,
    status: str,
    *,
    rows: int | None = None,
    rules: Sequence[tuple[str, int, int]] = (),
    dropped: int = 0,
    error: Sequence[tuple[str, str]] = (),
) -> Happening:
    """Progress of the flow into `catalog.schema.table`; rules are (name, passed, failed) of one micro-batch."""
    name = dataset.rsplit(".", 1)[-1]
    details: Json = {"status": status}
    if rows is not None:
        details["metrics"] = {"num_output_rows": rows}
    if rules:
        counted = [
            {"name": rule, "dataset": dataset, "passed_records": passed, "failed_records": wrong}
            for rule, passed, wrong in rules
        ]
        details["data_quality"] = {"dropped_records": dropped, "expectations": counted}
    message = f"Flow '{name}' {'has' if status in ENDS else 'is'} {status}."
    level = "ERROR" if error else "METRICS" if rows is not None else "INFO"
    origin = {"dataset_name": dataset, "flow_name": name, "flow_id": f"flow-{name}"}
    return Happening("flow_progress", message, details, level, origin, _error(error))


def _begun(happenings: Sequence[Happening]) -> tuple[Step, ...]:
    return (*(Step(state) for state in _BEFORE_RUNNING), Step("RUNNING", tuple(happenings)))


def _error(chain: Sequence[tuple[str, str]]) -> Json | None:
    if not chain:
        return None
    exceptions = [{"class_name": name, "message": message, "stack": []} for name, message in chain]
    return {"fatal": True, "exceptions": exceptions}
