"""Options that several commands share."""

# Typer reads these annotations at run time, so they are not postponed.
from pathlib import Path
from typing import Annotated

import typer

from dlt_local.cli.failures import show_traceback
from dlt_local.kafka.client import KafkaClient, settings_of_file
from dlt_local.kafka.protocol import SERVERS

Servers = Annotated[
    str,
    typer.Option("--bootstrap-servers", envvar=SERVERS, metavar="HOST:PORT,...", help="Where the brokers listen."),
]
ClientSettings = Annotated[
    Path | None,
    typer.Option(
        "--client-settings",
        metavar="FILE",
        help="Settings of the Kafka client (librdkafka's names), a line NAME=VALUE each: security, for example.",
    ),
]
Partitions = Annotated[int, typer.Option(min=1, metavar="N", help="Partitions of topics that have to be made.")]
Debug = Annotated[
    bool, typer.Option("--debug", envvar="DLT_LOCAL_DEBUG", callback=show_traceback, help="Show tracebacks of errors.")
]

INTERRUPTED = 130


def kafka_client(servers: str, settings: Path | None) -> KafkaClient:
    """As the options say."""
    return KafkaClient(servers, settings_of_file(settings) if settings else {})
