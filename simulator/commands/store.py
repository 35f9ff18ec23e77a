"""`fitness-sim store`."""

# Typer reads these annotations at run time, so they are not postponed.
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from dlt_local.errors import PipelineError
from simulator import sql_source
from simulator.commands.options import Debug
from simulator.landing.arrivals import arrivals

Landing = Annotated[Path, typer.Argument(metavar="LANDING", help="Folder with a sub-folder per feed, or per day.")]
Database = Annotated[
    str,
    typer.Option(
        "--database", metavar="CONNINFO", help="host=... port=... dbname=... user=...; what it lacks is in PGHOST etc."
    ),
]


def store(landing: Landing, *, database: Database = "", _debug: Debug = False) -> None:
    """Bring registered_users and gym_logins of a landing folder into tables of a PostgreSQL database, day by day.

    The tables registered_users, device_assignments and gym_visits are made if they are not there; what is there already
    is not stored again. Lines that a typed table cannot hold are shown.

    Exit code 0: stored. 2: the folder or the database cannot be used; the days before are stored.
    """
    for arrival in arrivals(landing):
        folder = landing / arrival.name
        try:
            loaded = sql_source.load(database, folder if folder.is_dir() else landing)
        except psycopg.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise PipelineError(f"The database cannot be used: {reason}", remedy="Check --database.") from None
        typer.echo(f"{arrival.name}: {loaded.rows} lines")
        for line in loaded.rejected:
            typer.echo(f"  no row can hold: {line}")
