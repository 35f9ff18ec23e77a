"""From the events of an update to a report on its data: counts per expectation, and a verdict. Needs no Spark."""

from __future__ import annotations

from dlt_local.quality.as_json import json_text
from dlt_local.quality.as_junit import junit_text
from dlt_local.quality.as_markdown import markdown_text
from dlt_local.quality.beside import BesideTheLog
from dlt_local.quality.logged import UnreadableLogError
from dlt_local.quality.model import Outcome, QualityReport, RuleStatus
from dlt_local.quality.results import (
    GOES_ON,
    LATEST,
    did_something,
    first_of_chain,
    judged_updates,
    quality_report,
    updates_of,
)

__all__ = [
    "GOES_ON",
    "LATEST",
    "BesideTheLog",
    "Outcome",
    "QualityReport",
    "RuleStatus",
    "UnreadableLogError",
    "did_something",
    "first_of_chain",
    "json_text",
    "judged_updates",
    "junit_text",
    "markdown_text",
    "quality_report",
    "updates_of",
]
