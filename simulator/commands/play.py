"""`fitness-sim play`."""

# Typer reads these annotations at run time, so they are not postponed.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlt_local.cli.stopping import asked_to_stop
from simulator import playing
from simulator.commands.options import INTERRUPTED, ClientSettings, Debug, Partitions, Servers, kafka_client
from simulator.commands.play_report import PlayReport
from simulator.delivery import Delivery, NewTopics
from simulator.landing.arrivals import arrivals
from simulator.pacing import at_once, sped_up, steady
from simulator.playing import in_order_of_arrival, side_by_side

if TYPE_CHECKING:
    from simulator.pacing import Pace

Landing = Annotated[Path, typer.Argument(metavar="LANDING", help="Folder with a sub-folder per feed, or per day.")]
Speedup = Annotated[
    float | None,
    typer.Option(metavar="X", help="X times the pace of the events; the files of a day play side by side."),
]
Rate = Annotated[float | None, typer.Option(metavar="N", help="N messages a second. Default: as fast as possible.")]
Topics = Annotated[str | None, typer.Option(metavar="A,B", help="Messages of these topics only.")]
KeepPartitions = Annotated[
    bool, typer.Option("--keep-partitions", help="Send to the partition that an envelope names.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit code 1 if a line could not be played.")]


def play(  # noqa: PLR0913 - one parameter per option
    landing: Landing,
    *,
    servers: Servers,
    client_settings: ClientSettings = None,
    speedup: Speedup = None,
    rate: Rate = None,
    topics: Topics = None,
    partitions: Partitions = 1,
    keep_partitions: KeepPartitions = False,
    strict: Strict = False,
    _debug: Debug = False,
) -> None:
    """Play the files of a landing folder into Kafka topics, oldest day first, then by name.

    Lines of kafka_multiplex become the messages that they were, in their topics. registered_users and gym_logins go
    to the topics of these names as JSON (a visit as the events of its login and logout), daily_activity to
    user_activity. Topics that are not there are made, and keep their messages for ever.

    Exit code 0: every message was delivered. 1: Kafka refused some, or a line could not be played and --strict was
    given. 2: not started, or broken off. 130: interrupted; what had been read was delivered.
    """
    pace, names = _pace(speedup, rate), _names(topics)

    found = arrivals(landing)
    client = kafka_client(servers, client_settings)
    with asked_to_stop() as is_stopped:
        delivery = Delivery(client, topics=NewTopics(partitions), keep_partitions=keep_partitions, on_warning=_warn)
        report = PlayReport(found, delivery)
        lines = (in_order_of_arrival if speedup is None else side_by_side)(found)
        try:
            with report, delivery:
                played = playing.play(
                    lines, delivery, pace=pace, topics=names, on_line=report.on_line, is_stopped=is_stopped
                )
        finally:
            report.conclude(names)
    if not played.is_complete:
        typer.echo("Interrupted; what had been read is delivered.", err=True)
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if delivery.refused or (strict and played.unplayable) else 0)


def _warn(text: str) -> None:
    typer.echo(f"Warning: {text}", err=True)


def _pace(speedup: float | None, rate: float | None) -> "Pace":
    for name, value in (("--speedup", speedup), ("--rate", rate)):
        if value is not None and not 0 < value < float("inf"):
            raise typer.BadParameter("must be above 0", param_hint=name)
    if speedup is not None and rate is not None:
        raise typer.BadParameter("not together with --speedup", param_hint="--rate")
    return sped_up(speedup) if speedup is not None else steady(rate) if rate is not None else at_once


def _names(topics: str | None) -> set[str] | None:
    names = (name.strip() for name in (topics or "").split(","))
    return {name for name in names if name} or None
