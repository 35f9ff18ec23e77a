"""The report for programs; its shape is `report.schema.json` beside this file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlt_local.quality.check_wording import worst_checks_first
from dlt_local.quality.verdict import rule_findings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dlt_local.quality.measured import Sample
    from dlt_local.quality.model import ExpectationResult, QualityReport, Rule, RuleChanges, Trend, UpdateQuality
    from dlt_local.quality.rule_files import RuleEntry
    from dlt_local.quality.verdict import Finding

SCHEMA_VERSION = 1
SCHEMA = Path(__file__).with_name("report.schema.json")


def json_text(report: QualityReport) -> str:
    """The whole report; fields are only added under one `schema_version`."""
    return json.dumps(document_of(report), indent=2, ensure_ascii=False) + "\n"


def document_of(report: QualityReport) -> dict[str, Any]:
    """What is written, as dicts and lists."""
    verdict = report.verdict
    findings = rule_findings(report.updates, verdict.fail_under)
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": {
            "outcome": verdict.outcome.value,
            "exit_code": verdict.exit_code,
            "fail_under": verdict.fail_under,
            "reasons": list(verdict.reasons),
            "warnings": list(verdict.warnings),
        },
        "updates": [_update(update, findings) for update in report.updates],
        "history": [{"update_id": past.update_id, "started_at": _utc(past.started_at)} for past in report.history],
        "nothing_new": list(report.nothing_new),
        "checks": [asdict(check) for check in worst_checks_first(report.checks)],
        "not_known": list(report.not_known),
        "rule_changes": _changes(report.changes) if report.changes else None,
    }


def _update(update: UpdateQuality, findings: Mapping[ExpectationResult, Finding]) -> dict[str, Any]:
    flows = [asdict(flow) for flow in update.flows]
    for flow in flows:
        del flow["update_id"]
    return {
        "update_id": update.update_id,
        "pipeline_name": update.pipeline_name,
        "source": update.source,
        "cause": update.cause,
        "state": update.state,
        "started_at": _utc(update.started_at),
        "ended_at": _utc(update.ended_at) if update.ended_at else None,
        "rows_in": update.rows_in,
        "rows_out": update.rows_out,
        "rows_dropped": update.rows_dropped,
        "errors": list(update.errors),
        "not_known": list(update.not_known),
        "flows": flows,
        "expectations": [_expectation(result, findings.get(result)) for result in update.expectations],
        "datasets": [{"name": dataset.name, "reads": list(dataset.reads)} for dataset in update.datasets],
    }


def _expectation(result: ExpectationResult, finding: Finding | None) -> dict[str, Any]:
    return {
        "flow_name": result.flow_name,
        "dataset": result.rule.dataset,
        "expectation": result.rule.name,
        "status": result.status.value,
        "passed": result.passed,
        "failed": result.failed,
        "failed_rate": result.failed_rate,
        "counted": result.counted,
        "action": result.rule.action,
        "constraint_sql": result.rule.constraint_sql,
        "rule_fingerprint": result.rule.fingerprint,
        "source_file": result.rule.source_file,
        "source_line": result.rule.source_line,
        "breach": finding.why if finding and finding.is_breach else None,
        "amber": finding.why if finding and not finding.is_breach else None,
        "rule_file": _entry(result.entry) if result.entry else None,
        "samples": [_sample(sample) for sample in result.samples],
        "trend": _trend(result.trend) if result.trend else None,
    }


def _entry(entry: RuleEntry) -> dict[str, Any]:
    objective = entry.objective
    return {
        "source_file": entry.source_file,
        "source_line": entry.source_line,
        "sql": entry.sql,
        "action": entry.action,
        "severity": entry.severity,
        "dimension": entry.dimension,
        "owner": entry.owner,
        "max_failed_rate": objective.max_failed_rate if objective else None,
        "on_breach": objective.on_breach if objective else None,
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "keys": dict(sample.keys),
        "reason": sample.reason,
        "observed": sample.observed,
        "position": sample.position,
    }


def _trend(trend: Trend) -> dict[str, Any]:
    return {
        "rates": list(trend.rates),
        "compared": trend.compared,
        "median": trend.median,
        "delta": trend.delta,
        "robust_z": trend.robust_z,
        "unusual": trend.is_unusual,
    }


def _changes(changes: RuleChanges) -> dict[str, Any]:
    return {
        "compared_with": changes.compared_with,
        "added": [_rule(rule) for rule in changes.added],
        "removed": [_rule(rule) for rule in changes.removed],
        "changed": [{"before": _rule(before), "after": _rule(after)} for before, after in changes.changed],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "dataset": rule.dataset,
        "expectation": rule.name,
        "action": rule.action,
        "constraint_sql": rule.constraint_sql,
        "rule_fingerprint": rule.fingerprint,
    }


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
