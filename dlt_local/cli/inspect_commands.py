"""Commands that look at a state folder or at the runtime itself, without Spark: show, events, support."""

# Typer reads these annotations at run time, so they are not postponed.
from enum import StrEnum
from typing import Annotated

import typer

from dlt_local.cli.options import DEFAULT_STATE, Debug, State


class RowLayout(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class SupportLayout(StrEnum):
    """How the list of what is supported is printed."""

    TABLE = "table"
    MARKDOWN = "markdown"


class EventLayout(StrEnum):
    """How events are written."""

    TABLE = "table"
    JSON = "json"


Limit = Annotated[
    int | None, typer.Option(min=0, help="Print the first N rows.", show_default="20 for a table, else every row")
]
Where = Annotated[
    str | None, typer.Option(metavar="SQL", help="Only rows for which this DuckDB SQL is true; times are UTC.")
]


def show(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="table, schema.table or catalog.schema.table.")],
    *,
    state: State = DEFAULT_STATE,
    layout: Annotated[RowLayout, typer.Option("--format", help="How to print.")] = RowLayout.TABLE,
    limit: Limit = None,
    where: Where = None,
    _debug: Debug = False,
) -> None:
    """Print the rows of a table.

    Rows are ordered by all columns from left to right, NULL last, so equal tables print equal text. Times are
    UTC in ISO 8601 (2023-03-11T08:05:00Z), numbers the shortest text that is exact, bytes base64.

    csv: a header and every row; NULL is an empty field, an empty text is "", arrays and structs are JSON.
    json: one array with one object per line.
    """
    from dlt_local.cli.row_output import print_csv, print_json, print_table
    from dlt_local.show.rows import TableRows
    from dlt_local.show.stored_tables import find_table

    stored = find_table(state, table)
    match layout:
        case RowLayout.CSV:
            print_csv(TableRows(stored, where=where, limit=limit))
        case RowLayout.JSON:
            print_json(TableRows(stored, where=where, limit=limit))
        case RowLayout.TABLE:
            print_table(TableRows(stored, where=where, limit=20 if limit is None else limit))


def events(
    *,
    state: State = DEFAULT_STATE,
    event_type: Annotated[str | None, typer.Option("--type", help="Only events of this type.")] = None,
    update: Annotated[str | None, typer.Option(metavar="ID", help="Only this update; 'latest' is the last.")] = None,
    pipeline: Annotated[str | None, typer.Option(help="Pipeline, if the state holds several.")] = None,
    layout: Annotated[EventLayout, typer.Option("--format", help="Lines, or an array of events.")] = EventLayout.TABLE,
    _debug: Debug = False,
) -> None:
    """Print the event log, oldest event first."""
    from dlt_local.cli.event_output import print_events, selected_events

    chosen = selected_events(state, pipeline=pipeline, event_type=event_type, update=update)
    print_events(chosen, as_json=layout is EventLayout.JSON)


def support(
    *,
    layout: Annotated[SupportLayout, typer.Option("--format", help="A table, or the page of the documentation.")] = (
        SupportLayout.TABLE
    ),
    _debug: Debug = False,
) -> None:
    """List what this runtime implements of the pipeline API, as its own code says."""
    from dlt_local.cli.support_output import print_support
    from dlt_local.support import markdown, support_rows

    if layout is SupportLayout.MARKDOWN:
        typer.echo("\n".join(markdown()))
    else:
        print_support(support_rows())
