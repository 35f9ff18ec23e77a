"""Writes the progress of flows to the event log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlt_local.errors import first_line
from dlt_local.flows.outcome import FlowStatus, Outcome, Progress

if TYPE_CHECKING:
    from dlt_local.event_log import EventLog

_MESSAGES = {
    FlowStatus.QUEUED: "is QUEUED",
    FlowStatus.STARTING: "is STARTING",
    FlowStatus.RUNNING: "is RUNNING",
    FlowStatus.COMPLETED: "has COMPLETED",
    FlowStatus.FAILED: "has FAILED",
    FlowStatus.SKIPPED: "is SKIPPED, because a table that it reads was not refreshed",
    FlowStatus.STOPPED: "is STOPPED",
    FlowStatus.EXCLUDED: "is EXCLUDED",
}
NO_OP = Outcome(FlowStatus.COMPLETED, is_no_op=True)


@dataclass(frozen=True, slots=True)
class FlowReport:
    """The events of one flow into one data set (`catalog.schema.table`)."""

    log: EventLog
    dataset: str
    flow: str

    def status(self, status: FlowStatus, outcome: Outcome | None = None) -> None:
        """A change of state; `outcome` at the end."""
        message = f"Flow '{self._title()}' {_MESSAGES[status]}"
        details: dict[str, Any] = {"status": status.value}
        if outcome is not None and outcome.is_no_op:
            message = f"Flow '{self._title()}' has nothing new to read: NO_OP"
        if outcome is not None and status is FlowStatus.COMPLETED:
            details["metrics"] = {"num_output_rows": outcome.output_rows}
        error = outcome.error if outcome else None
        level = "INFO" if error is None else "ERROR"
        message += "." if error is None else f": {first_line(error)}"
        self.log.write("flow_progress", message, details, level=level, origin=self._origin(), error=error)

    def counts(self, progress: Progress) -> None:
        """Rows and rules of one micro-batch or refresh."""
        origin = {**self._origin(), "batch_id": progress.batch_id}
        details: dict[str, Any] = {"status": FlowStatus.RUNNING.value}
        if progress.warning is not None:
            message = f"Flow '{self._title()}': {progress.warning}"
            self.log.write("flow_progress", message, details, level="WARN", origin=origin)
            return
        metrics = {
            "num_output_rows": progress.output_rows,
            "num_upserted_rows": progress.upserted_rows,
            "num_deleted_rows": progress.deleted_rows,
        }
        details["metrics"] = {name: count for name, count in metrics.items() if count is not None}
        if progress.rules:
            rules = [
                {
                    "name": rule.name,
                    "dataset": rule.dataset,
                    "passed_records": rule.passed,
                    "failed_records": rule.failed,
                }
                for rule in progress.rules
            ]
            details["data_quality"] = {"dropped_records": progress.dropped_rows, "expectations": rules}
        message = f"Flow '{self._title()}' has processed a batch."
        self.log.write("flow_progress", message, details, level="METRICS", origin=origin)

    def _title(self) -> str:
        short = self.dataset.split(".", 1)[1]
        return short if short.endswith(self.flow.lower()) else f"{short}:{self.flow}"

    def _origin(self) -> dict[str, Any]:
        return {"dataset_name": self.dataset, "table_name": self.dataset, "flow_name": self.flow}
