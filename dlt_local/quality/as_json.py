"""The report for programs; its shape is `report.schema.json` beside this file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from dlt_local.quality.model import ExpectationResult, QualityReport, UpdateQuality

SCHEMA_VERSION = 1
SCHEMA = Path(__file__).with_name("report.schema.json")


def json_text(report: QualityReport) -> str:
    """The whole report; fields are only added under one `schema_version`."""
    verdict = report.verdict
    document = {
        "schema_version": SCHEMA_VERSION,
        "verdict": {
            "outcome": verdict.outcome.value,
            "exit_code": verdict.exit_code,
            "fail_under": verdict.fail_under,
            "reasons": list(verdict.reasons),
        },
        "updates": [_update(update) for update in report.updates],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _update(update: UpdateQuality) -> dict[str, Any]:
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
        "expectations": [_expectation(result) for result in update.expectations],
    }


def _expectation(result: ExpectationResult) -> dict[str, Any]:
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
    }


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
