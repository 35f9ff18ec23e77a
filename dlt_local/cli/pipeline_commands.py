"""Commands that load a pipeline: run, validate, graph."""

# Typer reads these annotations at run time, so they are not postponed.
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dlt_local.cli.data_dictionary import data_dictionary
from dlt_local.cli.graph_text import graph_json, mermaid
from dlt_local.cli.options import (
    Debug,
    Landing,
    OptionalState,
    PipelineName,
    Settings,
    SourcePath,
    SpecFile,
    Target,
)
from dlt_local.cli.pipeline_source import PipelineSource
from dlt_local.cli.termination import terminated_like_interrupted
from dlt_local.cli.update_report import UpdateReport


class GraphLayout(StrEnum):
    """How a graph is written."""

    MERMAID = "mermaid"
    JSON = "json"
    MARKDOWN = "markdown"


Selection = Annotated[list[str] | None, typer.Option(metavar="A,B", help="Data sets to bring up to date.")]
FullSelection = Annotated[list[str] | None, typer.Option(metavar="A,B", help="Data sets to clear and compute anew.")]
Restarted = Annotated[
    list[str] | None,
    typer.Option(metavar="A,B", help="Streaming flows that read from the beginning; their tables keep their rows."),
]
UntouchedState = Annotated[
    Path | None,
    typer.Option("--state", help="Where tables of other pipelines are found; nothing there is touched."),
]
Continuous = Annotated[bool, typer.Option("--continuous", help="Go on with what arrives, until Ctrl-C.")]
FullRefreshAll = Annotated[bool, typer.Option("--full-refresh-all", help="Clear and compute everything anew.")]


def run(  # noqa: PLR0913 - one parameter per option
    path: SourcePath = None,
    *,
    pipeline: PipelineName = None,
    state: OptionalState = None,
    landing: Landing = None,
    settings: Settings = None,
    refresh: Selection = None,
    full_refresh: FullSelection = None,
    full_refresh_all: FullRefreshAll = False,
    reset_checkpoint: Restarted = None,
    continuous: Continuous = False,
    target: Target = None,
    spec_file: SpecFile = None,
    _debug: Debug = False,
) -> None:
    """Bring the pipeline's tables up to date.

    Exit code 0: completed, or a continuous run stopped by Ctrl-C. 1: failed, some flow did not succeed. 2: not started.
    """
    selected, cleared = _names(refresh), _names(full_refresh)
    if full_refresh_all and (selected or cleared):
        raise typer.BadParameter("not together with --refresh or --full-refresh", param_hint="--full-refresh-all")
    source = PipelineSource(path, spec_file, pipeline, target, landing, settings)
    spec = source.load(landing_required=True)

    from dlt_local.update import UpdateRequest, run_update

    request = UpdateRequest(
        refresh=selected,
        full_refresh=cleared,
        full_refresh_all=full_refresh_all,
        reset_checkpoint=_names(reset_checkpoint),
        continuous=continuous,
    )
    with UpdateReport() as report, terminated_like_interrupted():
        result = run_update(spec, source.state(state), request, report.on_event)
    report.conclude(result)
    raise typer.Exit(0 if result.state == ("CANCELED" if continuous else "COMPLETED") else 1)


def validate(  # noqa: PLR0913 - one parameter per option
    path: SourcePath = None,
    *,
    pipeline: PipelineName = None,
    landing: Landing = None,
    settings: Settings = None,
    target: Target = None,
    spec_file: SpecFile = None,
    state: UntouchedState = None,
    _debug: Debug = False,
) -> None:
    """Resolve the graph and all schemas; write nothing.

    Exit code 0: valid. 2: not valid.
    """
    spec = PipelineSource(path, spec_file, pipeline, target, landing, settings).load(landing_required=False)

    from dlt_local.update import plan_pipeline

    planned = plan_pipeline(spec, state)
    flows = sum(len(dataset.flows) for dataset in planned.datasets.values())
    typer.echo(f"Pipeline '{spec.name}' is valid: {len(planned.datasets)} data sets, {flows} flows.")


def graph(  # noqa: PLR0913 - one parameter per option
    path: SourcePath = None,
    *,
    pipeline: PipelineName = None,
    landing: Landing = None,
    settings: Settings = None,
    target: Target = None,
    spec_file: SpecFile = None,
    layout: Annotated[
        GraphLayout, typer.Option("--format", help="A diagram, JSON with schemas, or a page that describes all.")
    ] = (GraphLayout.MERMAID),
    _debug: Debug = False,
) -> None:
    """Show which data sets there are and what each reads.

    markdown: each with its comment, grain, columns and expectations, as the code says them.
    """
    spec = PipelineSource(path, spec_file, pipeline, target, landing, settings).load(landing_required=False)

    from dlt_local.update import plan_pipeline

    planned = plan_pipeline(spec)
    match layout:
        case GraphLayout.MERMAID:
            typer.echo(mermaid(planned))
        case GraphLayout.JSON:
            typer.echo(graph_json(spec.name, planned))
        case GraphLayout.MARKDOWN:
            typer.echo("\n".join(data_dictionary(spec.name, planned)))


def _names(selections: list[str] | None) -> tuple[str, ...]:
    names = (name.strip() for selection in selections or () for name in selection.split(","))
    return tuple(name for name in names if name)
