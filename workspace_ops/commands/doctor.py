"""`fitness-ops doctor`."""

# Typer reads these annotations at run time, so they are not postponed.
from typing import Annotated

import typer

from workspace_ops.commands.options import Debug, Host, Profile

_NOT_IN_ORDER = 1

Pipeline = Annotated[str, typer.Argument(metavar="[PIPELINE]", help="Name or id.")]
Warehouse = Annotated[str | None, typer.Option(metavar="NAME", help="Name or id of a SQL warehouse.")]


def doctor(
    pipeline: Pipeline = "fitness_lakehouse",
    *,
    warehouse: Warehouse = None,
    profile: Profile = None,
    host: Host = None,
    _debug: Debug = False,
) -> None:
    """Look whether the workspace has what the pipeline needs: sign-in, warehouse, catalog, schemas, volume, secrets.

    Ends with 0 if all is in order, 1 if something is not, and 2 if the workspace could not be asked.
    """
    from workspace_ops.connection import Connection
    from workspace_ops.examination import Examination

    faults = 0
    with Connection(profile, host).open() as client:
        for finding in Examination(client, pipeline, warehouse).findings():
            typer.echo(f"{'✓' if finding.is_good else '✗'} {finding.what}")
            if not finding.is_good:
                faults += 1
                typer.echo(f"    {finding.remedy}")
    if faults:
        typer.echo(f"Error: {faults} {'thing is' if faults == 1 else 'things are'} not in order", err=True)
        raise typer.Exit(_NOT_IN_ORDER)
