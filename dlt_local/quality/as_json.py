"""The report for programs; its shape is `report.schema.json` beside this file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlt_local.quality.verdict import rule_breaches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dlt_local.quality.model import ExpectationResult, QualityReport, Rule, RuleChanges, Trend, UpdateQuality

SCHEMA_VERSION = 1
SCHEMA = Path(__file__).with_name("report.schema.json")


def json_text(report: QualityReport) -> str:
    """The whole report; fields are only added under one `schema_version`."""
    return json.dumps(document_of(report), indent=2, ensure_ascii=False) + "\n"


def document_of(report: QualityReport) -> dict[str, Any]:
    """What is written, as dicts and lists."""
    verdict = report.verdict
    breaches = rule_breaches(report.updates, verdict.fail_under)
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": {
            "outcome": verdict.outcome.value,
            "exit_code": verdict.exit_code,
            "fail_under": verdict.fail_under,
            "reasons": list(verdict.reasons),
        },
        "updates": [_update(update, breaches) for update in report.updates],
        "history": [{"update_id": past.update_id, "started_at": _utc(past.started_at)} for past in report.history],
        "nothing_new": list(report.nothing_new),
        "rule_changes": _changes(report.changes) if report.changes else None,
    }


def _update(update: UpdateQuality, breaches: Mapping[ExpectationResult, str]) -> dict[str, Any]:
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
        "expectations": [_expectation(result, breaches.get(result)) for result in update.expectations],
        "datasets": [{"name": dataset.name, "reads": list(dataset.reads)} for dataset in update.datasets],
    }


def _expectation(result: ExpectationResult, breach: str | None) -> dict[str, Any]:
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
        "breach": breach,
        "trend": _trend(result.trend) if result.trend else None,
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
