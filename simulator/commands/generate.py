"""`fitness-sim generate`."""

# Typer reads these annotations at run time, so they are not postponed.
import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from dlt_local.errors import PipelineError
from simulator.commands.options import Debug
from simulator.world.parameters import Parameters, assignments, changed

if TYPE_CHECKING:
    from simulator.world.generation import Generated

Members = Annotated[int, typer.Option(metavar="N", help="How many members.")]
Days = Annotated[int, typer.Option(metavar="D", help="How many days.")]
Seed = Annotated[int, typer.Option(metavar="S", help="The same seed writes the same bytes.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder.")]
Start = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="First day; it has to end before the pipeline runs."),
]
Workers = Annotated[int | None, typer.Option(min=1, metavar="W", help="Processes. Default: as many as processors.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A parameter; docs/simulator.md lists all.")
]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="Parameters as a YAML mapping; --set wins.")]


def make(  # noqa: PLR0913 - one parameter per option
    *,
    members: Members,
    days: Days,
    out: Out,
    seed: Seed = 42,
    start: Start = None,
    workers: Workers = None,
    settings: Settings = None,
    config: Config = None,
    _debug: Debug = False,
) -> None:
    """Write the landing files of a made-up fitness world, and the truth behind them.

    DIR gets a folder per day of arrival with a folder per feed in it, as the lakehouse takes them in, and `truth` with
    clean tables and the ledger: what must become of each line. What arrives after the last day is in one more folder.

    Exit code 0: written. 2: not started, or broken off; what DIR then holds is incomplete.
    """
    given: dict[str, object] = {**_read(config), **assignments(settings or ())}
    given |= {"members": members, "days": days, "seed": seed}
    if start is not None:
        given["start"] = start.date()
    from simulator.world.generation import generate

    parameters = changed(Parameters(members=1, days=1), given)
    began = time.monotonic()
    try:
        written = generate(parameters, out, workers=workers or os.cpu_count() or 1)
    except OSError as error:
        raise PipelineError(
            f"'{out}' cannot be written: {error.strerror or error}", remedy="It is incomplete."
        ) from error
    typer.echo(_summary(written, out, time.monotonic() - began))


def _read(config: Path | None) -> dict[str, Any]:
    if config is None:
        return {}
    try:
        found = yaml.safe_load(config.read_text())
    except yaml.YAMLError as error:
        raise PipelineError(f"{config} is no YAML: {str(error).splitlines()[0]}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise PipelineError(f"{config} must be a mapping of parameters to values")
    return {str(key): value for key, value in found.items()}


def _summary(written: "Generated", out: Path, seconds: float) -> str:
    return (
        f"{written.members} members, {written.gyms} gyms, {written.visits} visits, {written.workouts} workouts,"
        f" {written.readings} readings in {written.lines} lines: {out} ({seconds:.1f} s)"
    )
