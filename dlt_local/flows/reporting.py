"""Writes the progress of flows to the event log."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlt_local.errors import first_line
from dlt_local.flows.outcome import FlowStatus, Outcome, Progress
from dlt_local.stores.delta_log import table_id

if TYPE_CHECKING:
    from dlt_local.event_log import EventLog
    from dlt_local.stores.state import StateFolder

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


_RATES = ("inputRowsPerSecond", "processedRowsPerSecond")


@dataclass(frozen=True, slots=True)
class FlowReport:
    """The events of one flow into one table (`catalog.schema.table`) or sink (a bare name).

    `flow_id` stays until a full refresh.
    """

    log: EventLog
    dataset: str
    flow: str
    flow_id: str | None = None

    @classmethod
    def of(cls, log: EventLog, state: StateFolder, dataset: str, flow: str) -> FlowReport:
        """The report of a flow whose table, if it has one, is set up."""
        folder = state.place(dataset)
        identity = table_id(folder.path) if folder.exists else f"{log.pipeline}/{dataset}"
        return cls(log, dataset, flow, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{identity}/{flow}")))

    def status(self, status: FlowStatus, outcome: Outcome | None = None) -> None:
        """A change of state; `outcome` at the end."""
        message = f"Flow '{self._title()}' {_MESSAGES[status]}"
        details: dict[str, Any] = {"status": status.value}
        if outcome is not None and outcome.is_no_op:
            message = f"Flow '{self._title()}' has nothing new to read: NO_OP"
        error = outcome.error if outcome else None
        level = "INFO" if error is None else "ERROR"
        message += "." if error is None else f": {first_line(error)}"
        self.log.write("flow_progress", message, details, level=level, origin=self._origin(), error=error)

    def retry(self, outcome: Outcome, attempt: int) -> None:
        """A transient error, after which the flow is started again."""
        message = f"Flow '{self._title()}' is started again (attempt {attempt}): {first_line(outcome.error)}"  # type: ignore[arg-type] # only failures are retried
        details = {"status": FlowStatus.STARTING.value}
        self.log.write("flow_progress", message, details, level="WARN", origin=self._origin(), error=outcome.error)

    def technique(self, technique: str) -> None:
        """How a materialized view is brought up to date: COMPLETE_RECOMPUTE or NO_OP."""
        message = f"Flow '{self._title()}' has been planned to be executed as {technique}."
        details = {"technique_information": [{"maintenance_type": technique, "is_chosen": True, "is_applicable": True}]}
        self.log.write("planning_information", message, details, origin=self._origin())

    def listing(self, path: str, files: int, milliseconds: int) -> None:
        """A listing of the files below a source path of Auto Loader."""
        details = {
            "type": "AUTO_LOADER_LISTING",
            "status": "COMPLETED",
            "duration_ms": milliseconds,
            "auto_loader_details": {"source_path": path, "num_files_listed": files},
        }
        message = f"Flow '{self._title()}' has listed {files} files below {path}."
        self.log.write("operation_progress", message, details, origin=self._origin())

    def progress(self, progress: Progress) -> None:
        """One micro-batch or refresh."""
        self._counts(progress)
        if progress.stream_json is not None:
            facts = {key: value for key, value in json.loads(progress.stream_json).items() if key not in _RATES}
            details = {"progress_json": json.dumps(facts)}
            message = f"Flow '{self._title()}' has made progress."
            origin = {**self._origin(), "batch_id": progress.batch_id}
            level, maturity = "METRICS", "EVOLVING"
            self.log.write("stream_progress", message, details, level=level, origin=origin, maturity=maturity)

    def _counts(self, progress: Progress) -> None:
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
        if progress.seconds:
            rate = round(progress.input_rows / progress.seconds, 1)
            details["streaming_metrics"] = {"input_rows_per_second": rate, "backlog_records": progress.backlog_records}
            behind = "" if progress.backlog_records is None else f"; {progress.backlog_records:,} behind"
            message = f"Flow '{self._title()}' takes {rate:,} rows a second{behind}."
        self.log.write("flow_progress", message, details, level="METRICS", origin=origin)

    def _title(self) -> str:
        short = self.dataset.split(".", 1)[-1]
        return short if short.endswith(self.flow.lower()) else f"{short}:{self.flow}"

    def _origin(self) -> dict[str, Any]:
        flow = {"flow_name": self.flow, "flow_id": self.flow_id}
        if "." not in self.dataset:
            return {"sink_name": self.dataset, **flow}
        return {"dataset_name": self.dataset, "table_name": self.dataset, **flow}
