"""`fitness-ops trigger`."""

# Typer reads these annotations at run time, so they are not postponed.
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workspace_ops.commands.options import Debug, Host, PipelineName, Profile, listed
from workspace_ops.request import Pace, StartRequest

if TYPE_CHECKING:
    from workspace_ops.updates import FollowedUpdate

PACE = Pace()
_PRINTED = frozenset({"update_progress", "flow_progress"})
_FAILED = 1

Tables = Annotated[list[str] | None, typer.Option("--refresh", metavar="TABLE,...", help="Only these; repeatable.")]
ClearedTables = Annotated[
    list[str] | None,
    typer.Option("--full-refresh", metavar="TABLE,...", help="Clear these and compute them anew; repeatable."),
]
All = Annotated[bool, typer.Option("--full-refresh-all", help="Clear every table and compute it anew.")]
ValidateOnly = Annotated[bool, typer.Option("--validate-only", help="Check the sources; write nothing.")]
Development = Annotated[bool, typer.Option("--development", help="No retries, and the cluster is used again.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Follow the update to its end.")]
Timeout = Annotated[
    float | None, typer.Option(metavar="SECONDS", min=0, help="Follow it no longer.", show_default="for ever")
]


def trigger(  # noqa: PLR0913 - one parameter per option
    pipeline: PipelineName,
    *,
    refresh: Tables = None,
    full_refresh: ClearedTables = None,
    full_refresh_all: All = False,
    validate_only: ValidateOnly = False,
    development: Development = False,
    wait: Wait = True,
    timeout: Timeout = None,
    profile: Profile = None,
    host: Host = None,
    _debug: Debug = False,
) -> None:
    """Start an update, and print its events as they come.

    Ends with 0 if the update COMPLETED (or, with --no-wait, has started), 1 if it FAILED or was CANCELED, and 2 if it
    could not be started or not be followed to its end.
    """
    request = StartRequest(listed(refresh), listed(full_refresh), full_refresh_all, validate_only, development)
    _refuse_contradictions(request)
    if timeout is not None and not wait:
        raise typer.BadParameter("not together with --no-wait", param_hint="--timeout")

    from workspace_ops.connection import Connection
    from workspace_ops.pipelines import find_pipeline
    from workspace_ops.updates import FollowedUpdate, start_update

    with Connection(profile, host).open() as client:
        found = find_pipeline(client, pipeline)
        update_id = start_update(client, found, request)
        typer.echo(f"Update {update_id} of '{found.name}' has been started")
        typer.echo(f"{client.config.host}/#joblist/pipelines/{found.pipeline_id}/updates/{update_id}")
        if wait:
            _follow(FollowedUpdate(client, found, update_id, on_trouble=_warn, pace=PACE, timeout_s=timeout))


def _refuse_contradictions(request: StartRequest) -> None:
    given = {
        "--validate-only": request.validate_only,
        "--full-refresh-all": request.full_refresh_all,
        "--refresh or --full-refresh": bool(request.refresh or request.full_refresh),
    }
    first, *others = [option for option, is_given in given.items() if is_given] or [""]
    if others:
        raise typer.BadParameter(f"not together with {others[0]}", param_hint=first)


def _follow(update: "FollowedUpdate") -> None:
    from workspace_ops.events import event_line

    errors = []
    try:
        for event in update.events():
            if event["event_type"] in _PRINTED:
                typer.echo(event_line(event))
            if event["level"] == "ERROR":
                errors.append(event)
    except KeyboardInterrupt:
        raise update.left_behind("was left by Ctrl-C") from None
    if update.state == "FAILED":
        _print_chains(errors)
        successor = update.successor()
        if successor is not None:
            typer.echo(f"Update {update.update_id} goes on as {successor.update_id} ({successor.cause})")
            _follow(successor)
            return
    if update.state != "COMPLETED":
        how = "FAILED" if update.state == "FAILED" else "was CANCELED"
        typer.echo(f"Error: Update {update.update_id} of '{update.pipeline.name}' {how}", err=True)
        raise typer.Exit(_FAILED)


def _print_chains(events: list[dict[str, Any]]) -> None:
    """Each chain of exceptions once; the update repeats that of its flow."""
    from workspace_ops.events import error_chain

    for chain in dict.fromkeys(tuple(error_chain(event)) for event in events):
        for depth, message in enumerate(chain):
            typer.echo(f"{'  ' * depth}{'caused by ' if depth else ''}{message}", err=True)


def _warn(text: str) -> None:
    typer.echo(f"Warning: {text}", err=True)
