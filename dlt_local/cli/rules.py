"""`dlt-local rules`: what the rule files of a pipeline say, for people, for programs and for the quality tables."""

# Typer reads these annotations at run time, so they are not postponed.
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dlt_local.cli.options import Debug, PipelineName, SourcePath, Target
from dlt_local.errors import PipelineError


class RulesLayout(StrEnum):
    """How the rules are written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    SQL = "sql"


Folder = Annotated[
    Path | None,
    typer.Option("--rules", metavar="DIR", help="Folder of rule files.", show_default="rules below its root_path"),
]
Layout = Annotated[
    RulesLayout,
    typer.Option("--format", help="For a terminal, a page, for programs, or SQL that fills ops.dq_rules and dq_slo."),
]


def rules(
    path: SourcePath = None,
    *,
    pipeline: PipelineName = None,
    target: Target = None,
    folder: Folder = None,
    layout: Layout = RulesLayout.TABLE,
    _debug: Debug = False,
) -> None:
    """List the rules in the rule files of a pipeline, with what a violation does and how many are too many.

    Reads the files strictly, without Spark: what is wrong in any of them is told with file and line.
    """
    from dlt_local.cli.pipeline_source import PipelineSource
    from dlt_local.project.bundle import find_bundle_root
    from dlt_local.project.fingerprint import RULES
    from dlt_local.quality.rule_files import read_rule_files
    from dlt_local.quality.rules_as_json import rules_json
    from dlt_local.quality.rules_as_markdown import rules_markdown
    from dlt_local.quality.rules_as_sql import rules_sql
    from dlt_local.quality.rules_as_table import print_rules

    if folder is None:
        source = PipelineSource(path=path, pipeline=pipeline, target=target)
        folder = source.load(landing_required=False).root_path / RULES
    elif path or pipeline or target:
        raise PipelineError("--rules DIR says which rules", remedy="Leave out the pipeline.")
    book = read_rule_files(folder, relative_to=find_bundle_root(folder) or Path.cwd())
    if not book.files:
        raise PipelineError(f"No rule file in {folder}", remedy="Each is called like its data set: schema.name.yml.")
    writers = {
        RulesLayout.MARKDOWN: rules_markdown,
        RulesLayout.JSON: rules_json,
        RulesLayout.SQL: rules_sql,
    }
    if layout is RulesLayout.TABLE:
        print_rules(book)
    else:
        typer.echo(writers[layout](book), nl=False)
