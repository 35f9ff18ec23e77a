"""Adds up what the events of one update say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlt_local.quality.logged import UnreadableLogError
from dlt_local.quality.model import ExpectationResult, FlowResult, Rule, RuleStatus, UpdateQuality
from dlt_local.quality.personal import one_line
from dlt_local.quality.violations import violated

if TYPE_CHECKING:
    from datetime import datetime

    from dlt_local.quality.declared import Declared
    from dlt_local.quality.logged import LoggedEvent

ENDED = frozenset({"COMPLETED", "FAILED", "CANCELED"})
_STATES = ENDED | {
    "QUEUED", "CREATED", "WAITING_FOR_RESOURCES", "INITIALIZING", "RESETTING", "SETTING_UP_TABLES", "RUNNING",
    "STOPPING",
}  # fmt: skip
_STATUSES = frozenset(
    {"QUEUED", "STARTING", "RUNNING", "COMPLETED", "FAILED", "SKIPPED", "STOPPED", "IDLE", "EXCLUDED"}
)
# Databricks counts its own time under this name.
_NO_FLOW = "pipelines.flowTimeMetrics.missingFlowName"
_WRITTEN = ("num_output_rows", "num_upserted_rows", "num_deleted_rows")
# A rule whose flow has got no further had no chance.
_COMPUTED_WHOLE = frozenset({"MATERIALIZED_VIEW", "COMPLETE"})
_RAN = frozenset({"COMPLETED", "IDLE", "RUNNING"})

_Flow = tuple[str, str]


@dataclass
class UpdateCount:
    """One update, event by event in their order, then `quality`."""

    update_id: str
    declared: Declared
    events: list[LoggedEvent] = field(default_factory=list)
    _state: str = "CREATED"
    _ended_at: datetime | None = None
    _cause: str | None = None
    _only_validates: bool = False
    _errors: tuple[str, ...] = ()
    _statuses: dict[_Flow, str] = field(default_factory=dict)
    _flow_errors: dict[_Flow, tuple[str, ...]] = field(default_factory=dict)
    _written: Counter[_Flow] = field(default_factory=Counter)
    _dropped: Counter[_Flow] = field(default_factory=Counter)
    _passed: Counter[tuple[_Flow, Rule]] = field(default_factory=Counter)
    _failed: Counter[tuple[_Flow, Rule]] = field(default_factory=Counter)

    def take(self, event: LoggedEvent) -> None:
        """Count one event."""
        self.events.append(event)
        match event.event_type:
            case "create_update":
                self._cause = event.details.get("cause")
                self._only_validates = str(event.details.get("validate_only")).lower() == "true"
            case "update_progress":
                self._take_state(event)
            case "flow_progress" if event.flow_name != _NO_FLOW:
                self._take_flow(event)

    def quality(self) -> UpdateQuality:
        """What all of it comes to."""
        flows = tuple(self._flow(flow) for flow in self._statuses)
        first = self.events[0]
        source = "local" if first.origin.get("cloud") == "local" else "databricks"
        return UpdateQuality(
            update_id=self.update_id,
            pipeline_name=first.origin.get("pipeline_name"),
            source=source,
            cause=self._cause,
            state=self._state,
            started_at=first.timestamp,
            ended_at=self._ended_at,
            rows_in=self._rows_in(),
            rows_out=self._written.total(),
            rows_dropped=self._dropped.total(),
            errors=tuple(one_line(message) for message in self._errors),
            flows=flows,
            expectations=tuple(sorted(self._expectations(), key=_place)),
            not_known=self._not_known(),
            datasets=self.declared.datasets,
            rules=self._declared_rules(source),
            only_validates=self._only_validates,
        )

    def _take_state(self, event: LoggedEvent) -> None:
        self._state = event.text("state", _STATES)
        self._ended_at = event.timestamp if self._state in ENDED else None
        self._errors = event.errors

    def _take_flow(self, event: LoggedEvent) -> None:
        flow = (event.output, event.flow_name)
        self._statuses[flow] = event.text("status", _STATUSES)
        self._flow_errors[flow] = event.errors
        metrics = event.mapping(event.details, "metrics")
        self._written[flow] += sum(event.count(metrics, name) for name in _WRITTEN)
        quality = event.mapping(event.details, "data_quality")
        self._dropped[flow] += event.count(quality, "dropped_records")
        for counts in event.mappings(quality, "expectations"):
            dataset, name = counts.get("dataset") or event.output, counts.get("name")
            if not dataset or not name:
                remedy = "The log is of a version that this report does not know."
                raise UnreadableLogError(f"Event {event.id} counts an expectation without a name", remedy=remedy)
            key = (flow, self.declared.rule(str(dataset), str(name)))
            self._passed[key] += event.count(counts, "passed_records")
            self._failed[key] += event.count(counts, "failed_records")

    def _rows_in(self) -> int | None:
        if not self.declared.flow_types:
            return None
        return sum(self._written[flow] + self._dropped[flow] for flow in self.declared.takes_in)

    def _flow(self, flow: _Flow) -> FlowResult:
        errors = self._flow_errors[flow] if self._statuses[flow] == "FAILED" else ()
        return FlowResult(
            update_id=self.update_id,
            flow_name=flow[1],
            output=flow[0],
            status=self._statuses[flow],
            rows_out=self._written[flow],
            rows_dropped=self._dropped[flow],
            error=one_line(errors[0]) if errors else None,
            counted=self.declared.counted(*flow),
        )

    def _expectations(self) -> list[ExpectationResult]:
        counted = {key: self._result(*key) for key in self._passed}
        stopped = {
            (flow, rule): replace(
                counted.get((flow, rule)) or self._result(flow, rule),
                status=RuleStatus.VIOLATED,
                failed=self._failed[flow, rule] or 1,
            )
            for flow, rule in self._violations()
        }
        found = counted | stopped
        return [*found.values(), *self._unseen(found)]

    def _result(self, flow: _Flow, rule: Rule) -> ExpectationResult:
        passed, failed = self._passed[flow, rule], self._failed[flow, rule]
        status = RuleStatus.FAILED if failed else RuleStatus.PASSED if passed else RuleStatus.NO_DATA
        counted = self.declared.counted(*flow)
        return ExpectationResult(self.update_id, flow[1], rule, status, passed, failed, counted)

    def _violations(self) -> list[tuple[_Flow, Rule]]:
        names = [rule.name for rule in self.declared.rules.values()]
        failed = [flow for flow, status in self._statuses.items() if status == "FAILED"]
        return [
            (flow, self.declared.rule_that_failed(flow[0], name))
            for flow in failed
            for name in violated(self._flow_errors[flow], names)
        ]

    def _unseen(self, found: dict[tuple[_Flow, Rule], ExpectationResult]) -> list[ExpectationResult]:
        seen = {rule for _, rule in found}
        return [
            self._unseen_in((rule.dataset, flow), rule)
            for rule in self.declared.rules.values()
            for flow in self._flows_without(rule, found, seen)
        ]

    def _flows_without(
        self, rule: Rule, found: dict[tuple[_Flow, Rule], ExpectationResult], seen: set[Rule]
    ) -> list[str]:
        """Flows in which a rule saw no row; a view's rules are seen by the flows that read it."""
        flows = self.declared.flows_into(rule.dataset)
        if len(flows) > 1:
            return [flow for flow in flows if ((rule.dataset, flow), rule) not in found]
        return [] if rule in seen else flows or [""]

    def _unseen_in(self, flow: _Flow, rule: Rule) -> ExpectationResult:
        status = self._why_unseen(flow, rule)
        return ExpectationResult(self.update_id, flow[1] or None, rule, status, 0, 0, self.declared.counted(*flow))

    def _why_unseen(self, flow: _Flow, rule: Rule) -> RuleStatus:
        flow_type, status = self.declared.flow_types.get(flow), self._statuses.get(flow)
        # Only the flows that read a view run.
        if status not in _RAN and flow_type != "VIEW":
            return RuleStatus.NOT_RUN
        if rule.action == "FAIL" and self._written[flow] > 0:
            return RuleStatus.UNCOUNTED
        if flow_type in _COMPUTED_WHOLE and status == "COMPLETED":
            return RuleStatus.UNCHANGED
        return RuleStatus.NO_DATA

    def _declared_rules(self, source: str) -> tuple[Rule, ...] | None:
        # Databricks need not list them, so that an empty list there says nothing.
        is_known = self.declared.rules or (source == "local" and self.declared.flow_types)
        return tuple(self.declared.rules.values()) if is_known else None

    def _not_known(self) -> tuple[str, ...]:
        facts = []
        if not self.declared.rules:
            facts.append("which rules are declared: those that saw no row are not listed")
        if any(rule.constraint_sql is None or rule.action is None for _, rule in self._passed):
            facts.append("SQL and action of some rules: they have no fingerprint")
        if not self.declared.flow_types:
            facts.append("which flows take rows in, and whether they count new rows or all rows")
        return tuple(facts)


def _place(result: ExpectationResult) -> tuple[str, str, str]:
    return (result.rule.dataset, result.rule.name, result.flow_name or "")
