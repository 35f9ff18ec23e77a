"""`dlt-local report`: the quality of an update's data, from the event log alone."""

# Typer reads these annotations at run time, so they are not postponed.
from dataclasses import fields
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlt_local.cli.options import DEFAULT_STATE, Debug, State
from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.event_log import Event
    from dlt_local.quality import QualityReport


class ReportLayout(StrEnum):
    """How a report is written."""

    TABLE = "table"
    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"
    JUNIT = "junit"


UpdateId = Annotated[
    str, typer.Option("--update", metavar="ID", help="Which update; 'latest' is the last that did something.")
]
Layout = Annotated[ReportLayout, typer.Option("--format", help="For a terminal, for people, or for programs.")]
OutFile = Annotated[Path | None, typer.Option("--out", metavar="PATH", help="Write into this file; not for a table.")]
FailUnder = Annotated[
    float | None,
    typer.Option(
        metavar="RATE", help="Least share of rows, from 0 to 1, that must pass each rule.", show_default=False
    ),
]
RulesFolder = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="DIR",
        help="Folder of rule files.",
        show_default="rules under the root_path of the pipeline, in a bundle",
    ),
]


def report(  # noqa: PLR0913 - one parameter per option
    *,
    state: State = DEFAULT_STATE,
    update: UpdateId = "latest",
    layout: Layout = ReportLayout.TABLE,
    out: OutFile = None,
    fail_under: FailUnder = None,
    rules: RulesFolder = None,
    pipeline: Annotated[str | None, typer.Option(help="Pipeline, if the state holds several.")] = None,
    _debug: Debug = False,
) -> None:
    """Judge the data of an update by the expectations in its event log, and by the objectives of rule files.

    Ends with 0 if all is good or amber, with 1 if the update, a flow, an expect_or_fail or a critical check of a data
    set failed, or if a rule misses a red objective or is passed by less than --fail-under, and with 2 if that could not
    be found out: no log, no row, an update that has not ended.
    """
    put_out(report_in(state, pipeline=pipeline, update=update, rules=rules, fail_under=fail_under), layout, out)


def report_in(
    state: Path,
    *,
    pipeline: str | None = None,
    update: str = "latest",
    rules: Path | None = None,
    fail_under: float | None = None,
) -> "QualityReport":
    """The report on an update of a state folder; by default with the rule files of the bundle around this folder."""
    from dlt_local.cli.event_output import selected_events
    from dlt_local.cli.rules_of_bundle import rule_book
    from dlt_local.quality import BesideTheLog, quality_report
    from dlt_local.quality.measured_tables import measured_in

    events = selected_events(state, pipeline=pipeline, event_type=None, update=None)
    names = (event.origin.get("pipeline_name") for event in events)
    book = rule_book(rules, next((str(name) for name in names if name), None))
    beside = BesideTheLog(rules=book, measure=partial(measured_in, state))
    return quality_report(map(_as_written, events), update=update, fail_under=fail_under, beside=beside)


def _as_written(event: "Event") -> "Mapping[str, object]":
    # `asdict` would copy every list and object below, which takes longer than all the rest.
    return {field.name: getattr(event, field.name) for field in fields(event)}


def _html_text(quality: "QualityReport") -> str:
    # Templates are loaded by nobody else.
    from dlt_local.quality.as_html import html_text

    return html_text(quality)


def put_out(quality: "QualityReport", layout: ReportLayout, out: Path | None) -> None:
    """Print a report or write it into a file, and end with its exit code."""
    from dlt_local.quality import json_text, junit_text, markdown_text
    from dlt_local.quality.as_table import print_report

    writers = {
        ReportLayout.MARKDOWN: markdown_text,
        ReportLayout.JSON: json_text,
        ReportLayout.HTML: _html_text,
        ReportLayout.JUNIT: junit_text,
    }
    if layout is ReportLayout.TABLE:
        if out is not None:
            others = ", ".join(writers)
            raise PipelineError("A table is for the terminal", remedy=f"Give --format with --out: {others}.")
        print_report(quality)
    else:
        text = writers[layout](quality)
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text, encoding="utf-8")
            typer.echo(f"{out}: {quality.verdict.outcome.value}", err=True)
    raise typer.Exit(quality.verdict.exit_code)
