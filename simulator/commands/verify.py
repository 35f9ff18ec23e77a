"""`fitness-sim verify`."""

# Typer reads these annotations at run time, so they are not postponed.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.commands.options import Debug

if TYPE_CHECKING:
    from simulator.checking.comparison import Compared

State = Annotated[Path, typer.Option(metavar="DIR", help="State folder of a run that has taken in all files.")]
Truth = Annotated[Path, typer.Option(metavar="DIR", help="Folder that fitness-sim generate wrote.")]


def verify(*, state: State, truth: Truth, _debug: Debug = False) -> None:
    """Compare what a run made of a generated world with the truth, and print the differences.

    Exit code 0: all that is compared is as it must be. 1: there are differences. 2: not started.
    """
    from simulator.checking.verification import verify as verified

    found = verified(state, truth)
    for compared in found.compared:
        typer.echo(_line(compared))
        for example in compared.examples:
            typer.echo(f"    {example}")
    if found.not_compared:
        typer.echo(f"Not compared: {', '.join(found.not_compared)}")
    equal = sum(compared.is_equal for compared in found.compared)
    typer.echo(f"{equal} of {len(found.compared)} comparisons are equal.")
    raise typer.Exit(0 if found.is_equal else 1)


def _line(compared: "Compared") -> str:
    about = f"{compared.check.table}: {compared.check.about}"
    if compared.problem is not None:
        return f"FAILED  {about}: {compared.problem}"
    if compared.is_equal:
        return f"equal   {about} ({compared.rows})"
    return f"DIFFERS {about}: of {compared.rows}, {compared.missing} missing; {compared.unexpected} unexpected"
