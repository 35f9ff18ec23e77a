"""`fitness-sim live`."""

# Typer reads these annotations at run time, so they are not postponed.
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlt_local.cli.stopping import asked_to_stop
from simulator.commands.options import ClientSettings, Debug, Partitions, Servers, kafka_client
from simulator.delivery import Delivery, NewTopics
from simulator.heart_rates import Plan
from simulator.heart_rates import emergencies as planned
from simulator.live import Sent, send_live

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from simulator.live import Begun

_SECONDS_BETWEEN = 1.0

Devices = Annotated[int, typer.Option(min=1, help="Number of devices, each at its own resting rate.")]
Rate = Annotated[
    float | None, typer.Option(help="Readings a second, of all devices together.", show_default="one a device")
]
Emergencies = Annotated[
    int, typer.Option(min=0, metavar="K", help="So many devices report a heart that races or fails.")
]
EmergencySeconds = Annotated[float, typer.Option(min=0, help="Each for at least so many seconds.")]
Seed = Annotated[int, typer.Option(help="The same seed sends the same heart rates.")]
Duration = Annotated[float | None, typer.Option(min=0, help="End after so many seconds.", show_default="until Ctrl-C")]
FirstDevice = Annotated[int, typer.Option(min=0, help="Id of the first device; the others follow.")]
Truth = Annotated[Path | None, typer.Option(metavar="FILE", help="Write each emergency as a line of JSON.")]


def live(  # noqa: PLR0913 - one parameter per option
    *,
    servers: Servers,
    client_settings: ClientSettings = None,
    devices: Devices = 10,
    rate: Rate = None,
    emergencies: Emergencies = 0,
    emergency_seconds: EmergencySeconds = 20.0,
    seed: Seed = 0,
    duration: Duration = None,
    first_device: FirstDevice = 310001,
    partitions: Partitions = 1,
    truth: Truth = None,
    _debug: Debug = False,
) -> None:
    """Send heart rates of devices to the topic bpm as they are measured, until Ctrl-C.

    Emergencies are printed as they begin: each is a device, from a time on, far above or below any limit.
    """
    if rate is not None and not 0 < rate < float("inf"):
        raise typer.BadParameter("must be above 0", param_hint="--rate")
    plan = Plan(devices, rate or float(devices), emergencies, emergency_seconds, duration, seed, first_device)
    planned(plan)  # what does not fit is an error before anything is sent
    with ExitStack() as stack:
        is_stopped = stack.enter_context(asked_to_stop())
        file = stack.enter_context(truth.open("w", encoding="utf-8")) if truth else None
        delivery = Delivery(kafka_client(servers, client_settings), topics=NewTopics(partitions, {}), linger_ms=0)
        try:
            with delivery:
                send_live(plan, delivery, on_emergency=_printer(file), on_reading=_progress(), is_stopped=is_stopped)
        finally:
            end_of_progress = "\n" if sys.stderr.isatty() else ""
            typer.echo(f"{end_of_progress}{sum(delivery.delivered.values())} readings delivered", err=True)
    raise typer.Exit(1 if delivery.refused else 0)


def _printer(file: "TextIO | None") -> "Callable[[Begun], None]":
    def show(begun: "Begun") -> None:
        for output in (file, sys.stdout):
            if output is not None:
                output.write(f"{begun.json_text()}\n")
                output.flush()

    return show


def _progress() -> "Callable[[Sent], None]":
    """On a terminal, how many were sent and how late, once a second."""
    shown_at = time.monotonic()

    def show(sent: Sent) -> None:
        nonlocal shown_at
        if time.monotonic() - shown_at >= _SECONDS_BETWEEN:
            shown_at = time.monotonic()
            sys.stderr.write(f"\r{sent.readings} readings sent, the latest {max(sent.behind_s, 0):.3f} s late ")
            sys.stderr.flush()

    return show if sys.stderr.isatty() else lambda _: None
