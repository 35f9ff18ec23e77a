"""Options that several commands share."""

# Typer reads these annotations at run time, so they are not postponed.
from typing import Annotated

import typer

from dlt_local.cli.failures import show_traceback

PipelineName = Annotated[
    str,
    typer.Argument(metavar="PIPELINE", help="Name or id; the prefix '[dev ...] ' of a name may be left out."),
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="Profile in ~/.databrickscfg.", show_default="the environment")
]
Host = Annotated[
    str | None, typer.Option(metavar="URL", help="The workspace.", show_default="the profile's, or $DATABRICKS_HOST")
]
Debug = Annotated[
    bool, typer.Option("--debug", envvar="DLT_LOCAL_DEBUG", callback=show_traceback, help="Show tracebacks of errors.")
]


def listed(values: list[str] | None) -> tuple[str, ...]:
    """Names of an option that may be repeated, or hold several with commas between."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())
