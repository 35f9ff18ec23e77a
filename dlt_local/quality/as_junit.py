"""The report for systems that show test results: a suite per data set, a case per rule."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from dlt_local.quality.check_wording import CHECK_COLUMNS, check_cells, check_text, is_breach, worst_checks_first
from dlt_local.quality.measured import FAILED, NOT_EVALUATED
from dlt_local.quality.model import Outcome
from dlt_local.quality.verdict import rule_findings
from dlt_local.quality.wording import allowed_text, counts_text, is_evaluated, notice, rate_text, rule_place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.quality.measured import DatasetCheck
    from dlt_local.quality.model import ExpectationResult, QualityReport, UpdateQuality
    from dlt_local.quality.verdict import Finding

# XML has no way to write these.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(report: QualityReport) -> str:
    """A case fails if its rule alone breaks the gate, and is skipped if the rule judged nothing.

    What is wrong with the update itself, or cannot be known, fails the one case of the first suite, so that no file is
    green because nothing was found.
    """
    findings = rule_findings(report.updates, report.verdict.fail_under)
    last = report.last
    suites = [_suite(f"update {last.update_id}", last, [_update_case(report, findings)])]
    of_dataset: dict[str, list[ET.Element]] = {}
    names = _case_names(report.expectations)
    for result, name in zip(report.expectations, names, strict=True):
        of_dataset.setdefault(result.rule.dataset, []).append(_rule_case(result, name, findings.get(result)))
    for check in worst_checks_first(report.checks):
        of_dataset.setdefault(check.dataset, []).append(_check_case(check))
    suites += [_suite(dataset, last, cases) for dataset, cases in sorted(of_dataset.items())]
    root = _element("testsuites", name=last.pipeline_name or "pipeline", time=_seconds(last))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(name: str, update: UpdateQuality, cases: list[ET.Element]) -> ET.Element:
    suite = _element(
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=_with(cases, "failure"),
        errors=_with(cases, "error"),
        skipped=_with(cases, "skipped"),
        time="0",
        timestamp=update.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    suite.extend(cases)
    return suite


def _update_case(report: QualityReport, findings: Mapping[ExpectationResult, Finding]) -> ET.Element:
    last = report.last
    case = _element("testcase", name="update and its flows", classname=f"update {last.update_id}", time="0")
    facts: dict[str, object] = {
        "state": last.state,
        "source": last.source,
        "rows_in": last.rows_in,
        "rows_out": last.rows_out,
    }
    facts |= {"rows_dropped": last.rows_dropped, "fail_under": report.verdict.fail_under, "notice": notice(report)}
    case.append(_properties(facts))
    elsewhere = {finding.why for finding in findings.values()}.union(map(check_text, report.checks))
    reasons = [reason for reason in report.verdict.reasons if reason not in elsewhere]
    if reasons:
        is_unknown = report.verdict.outcome is Outcome.NOT_EVALUATED
        case.append(_trouble("error" if is_unknown else "failure", report.verdict.outcome.value, reasons))
    return case


def _rule_case(result: ExpectationResult, name: str, finding: Finding | None) -> ET.Element:
    rule = result.rule
    case = _element("testcase", name=name, classname=rule.dataset, time="0")
    case.append(
        _properties(
            {
                "update_id": result.update_id,
                "flow_name": result.flow_name,
                "status": result.status.value,
                "passed": result.passed,
                "failed": result.failed,
                "failed_rate": result.failed_rate,
                "counted": result.counted,
                "action": rule.action,
                "constraint_sql": rule.constraint_sql,
                "rule_fingerprint": rule.fingerprint,
                "declared_at": rule_place(result) or None,
                "amber": finding.why if finding and not finding.is_breach else None,
            }
            | _of_file(result)
        )
    )
    if finding and finding.is_breach:
        facts = (finding.why, result.sql, counts_text(result), rule_place(result))
        case.append(_trouble("failure", "breach", [fact for fact in facts if fact]))
    elif not is_evaluated(result):
        case.append(_element("skipped", message=rate_text(result)))
    return case


def _of_file(result: ExpectationResult) -> dict[str, object]:
    entry = result.entry
    if entry is None:
        return {}
    return {
        "rule_sql": entry.sql,
        "severity": entry.severity,
        "dimension": entry.dimension,
        "owner": entry.owner,
        "allowed": allowed_text(result) or None,
    }


def _check_case(check: DatasetCheck) -> ET.Element:
    """A critical check that failed fails; a case cannot be amber, so a property says that."""
    case = _element("testcase", name=f"check {check.name}", classname=check.dataset, time="0")
    is_amber = check.status == FAILED and not is_breach(check)
    facts = dict(zip(CHECK_COLUMNS, check_cells(check), strict=True)) | {"amber": check_text(check) if is_amber else ""}
    case.append(_properties({name: value for name, value in facts.items() if value}))
    if is_breach(check):
        case.append(_trouble("failure", "breach", [check_text(check)]))
    elif check.status == NOT_EVALUATED:
        case.append(_element("skipped", message=check_text(check)))
    return case


def _case_names(results: Sequence[ExpectationResult]) -> list[str]:
    """The rule's name; its flow and its update only where it has several."""
    short = [(result.rule.dataset, result.rule.name) for result in results]
    in_flow = [(*name, result.flow_name) for name, result in zip(short, results, strict=True)]
    of_name, of_flow = Counter(short), Counter(in_flow)
    return [
        name[1]
        + (f" in flow {result.flow_name}" if of_name[name] > of_flow[flow] else "")
        + (f" in update {result.update_id}" if of_flow[flow] > 1 else "")
        for name, flow, result in zip(short, in_flow, results, strict=True)
    ]


def _properties(facts: Mapping[str, object]) -> ET.Element:
    properties = ET.Element("properties")
    known = {name: value for name, value in facts.items() if value is not None}
    properties.extend(_element("property", name=name, value=str(value)) for name, value in known.items())
    return properties


def _trouble(tag: str, kind: str, lines: Sequence[str]) -> ET.Element:
    trouble = _element(tag, message=lines[0], type=kind)
    trouble.text = _writable("\n".join(lines))
    return trouble


def _element(tag: str, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _writable(value) for name, value in attributes.items()})


def _with(cases: Sequence[ET.Element], tag: str) -> str:
    return str(sum(case.find(tag) is not None for case in cases))


def _seconds(update: UpdateQuality) -> str:
    return f"{(update.ended_at - update.started_at).total_seconds():.3f}" if update.ended_at else "0"


def _writable(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
