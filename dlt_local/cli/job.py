"""`dlt-local job`: tasks of a bundle's job on the local tables."""

# Typer reads these annotations at run time, so they are not postponed.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlt_local.cli.options import DEFAULT_STATE, Debug, Landing, State, Target
from dlt_local.cli.pipeline_source import pairs
from dlt_local.cli.termination import terminated_like_interrupted
from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from pyspark.sql import Row

_SHOWN = 20

Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="KEY", help="Run this task; repeatable.", show_default="every task of the job"),
]
Parameters = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a parameter of tasks; repeatable.")
]


def job(
    name: Annotated[str, typer.Argument(metavar="JOB", help="Key of a job in the bundle around this folder.")],
    *,
    tasks: Tasks = None,
    state: State = DEFAULT_STATE,
    landing: Landing = None,
    settings: Parameters = None,
    target: Target = None,
    _debug: Debug = False,
) -> None:
    """Run SQL and Python files of a job on the local tables, in the order in which the tasks depend on each other.

    Tasks that are not chosen count as done. Exit code 0: all succeeded. 1: one failed, and those after it were not run.
    2: not started.
    """
    from dlt_local.project.bundle import find_bundle_root
    from dlt_local.project.jobs import load_job

    root = find_bundle_root(Path.cwd())
    if root is None:
        raise PipelineError(f"No bundle around {Path.cwd()}", remedy="Start in the bundle's folder.")
    spec = load_job(root, name, only=tasks or (), settings=pairs(settings or ()), landing=landing, target=target)

    from dlt_local.jobs import TaskError, run_job

    try:
        with terminated_like_interrupted():
            for result in run_job(spec, state):
                typer.echo(f"{result.key}: done in {result.seconds:.1f} s")
                _tell(result.rows)
    except TaskError as error:
        typer.echo(f"Error: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(1) from error


def _tell(rows: "tuple[Row, ...]") -> None:
    for row in rows[:_SHOWN]:
        typer.echo("  " + ", ".join("NULL" if value is None else str(value) for value in row))
    if len(rows) > _SHOWN:
        typer.echo(f"  and {len(rows) - _SHOWN} more rows")
