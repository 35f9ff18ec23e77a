"""`fitness-ops events`."""

# Typer reads these annotations at run time, so they are not postponed.
import json
import sys
from enum import StrEnum
from itertools import islice
from typing import Annotated

import typer

from dlt_local.cli.inspect_commands import EventLayout
from dlt_local.cli.row_output import json_array
from dlt_local.quality.personal import without_people
from workspace_ops.commands.options import Debug, Host, PipelineName, Profile


class Level(StrEnum):
    """How grave an event is."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    METRICS = "METRICS"


UpdateId = Annotated[str | None, typer.Option(metavar="ID", help="Only this update; 'latest' is the last.")]
EventType = Annotated[str | None, typer.Option("--type", help="Only events of this type.")]
OfLevel = Annotated[Level | None, typer.Option("--level", help="Only events of this level.", case_sensitive=False)]
Limit = Annotated[int, typer.Option(min=1, metavar="N", help="The newest N events.")]
Layout = Annotated[EventLayout, typer.Option("--format", help="Lines, or an array of events.")]


def events(  # noqa: PLR0913 - one parameter per option
    pipeline: PipelineName,
    *,
    update: UpdateId = None,
    event_type: EventType = None,
    level: OfLevel = None,
    limit: Limit = 1000,
    layout: Layout = EventLayout.TABLE,
    profile: Profile = None,
    host: Host = None,
    _debug: Debug = False,
) -> None:
    """Print the event log of a pipeline, oldest event first, without rows of data and names of users."""
    from workspace_ops.connection import Connection
    from workspace_ops.events import NEWEST_FIRST, event_line, read_events
    from workspace_ops.pipelines import find_pipeline
    from workspace_ops.rest_report import recent_updates

    with Connection(profile, host).open() as client:
        found = find_pipeline(client, pipeline)
        recent = recent_updates(client, found, update) if update else None
        update_id = recent.ids[recent.wanted] if recent else None
        listed = read_events(client, found.pipeline_id, update=update_id, level=level, order=NEWEST_FIRST)
        chosen = list(islice((e for e in listed if event_type in {None, e["event_type"]}), limit + 1))
    if len(chosen) > limit:
        typer.echo(f"Warning: These are the newest {limit} events; --limit N prints more", err=True)
    shown = list(reversed(chosen[:limit]))
    if layout is EventLayout.JSON:
        sys.stdout.writelines(json_array(json.dumps(without_people(event), ensure_ascii=False) for event in shown))
    else:
        sys.stdout.writelines(f"{event_line(event)}\n" for event in shown)
