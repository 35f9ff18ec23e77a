"""What a flow reports when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlt_local.expectations import Check, RuleCount


class FlowStatus(StrEnum):
    """The states of a flow within an update."""

    QUEUED = "QUEUED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    STOPPED = "STOPPED"
    EXCLUDED = "EXCLUDED"


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of one micro-batch, or of one refresh of a materialized view.

    `warning` is told to the user; `stream_json` is what Structured Streaming says of the micro-batch. `seconds` says
    that they are the counts of so long a time of a continuous run.
    """

    input_rows: int = 0
    backlog_records: int | None = None
    seconds: float | None = None

    output_rows: int | None = None
    upserted_rows: int | None = None
    deleted_rows: int | None = None
    dropped_rows: int = 0
    rules: tuple[RuleCount, ...] = ()
    batch_id: int | None = None
    warning: str | None = None
    stream_json: str | None = None

    @classmethod
    def of_batch(cls, rows: int, checks: Sequence[Check]) -> Progress:
        """The counts of a batch query that has run, with what its checks observed."""
        observed = [(check, check.observation.get) for check in checks if check.observation is not None]
        rules = tuple(count for check, metrics in observed for count in check.counts(metrics))
        dropped = sum(int(metrics["dropped"] or 0) for _, metrics in observed)
        return cls(output_rows=rows, dropped_rows=dropped, rules=rules)


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a flow ended; `is_no_op` if there was nothing to do."""

    status: FlowStatus
    error: BaseException | None = None
    is_no_op: bool = False
