"""`fitness-sim tail`."""

# Typer reads these annotations at run time, so they are not postponed.
import sys
from contextlib import closing
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from dlt_local.cli.stopping import asked_to_stop
from simulator.commands.options import ClientSettings, Debug, Servers, kafka_client
from simulator.message_text import json_line, line, raw_bytes
from simulator.tailing import tail as messages

if TYPE_CHECKING:
    from simulator.message_text import ShownMessage


class MessageLayout(StrEnum):
    """How messages are written."""

    TABLE = "table"
    JSON = "json"
    RAW = "raw"


Names = Annotated[list[str], typer.Argument(metavar="TOPIC...", help="Topics to show.")]
Layout = Annotated[
    MessageLayout, typer.Option("--format", help="A line each; a JSON object each; or the values as they are.")
]
FromBeginning = Annotated[bool, typer.Option("--from-beginning", help="Also what is there already.")]
UntilEnd = Annotated[bool, typer.Option("--until-end", help="Stop where the topics end now.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after N messages.")]
Pretty = Annotated[bool, typer.Option("--pretty", help="In a table, JSON values on lines of their own.")]


def tail(  # noqa: PLR0913 - one parameter per option
    topics: Names,
    *,
    servers: Servers,
    client_settings: ClientSettings = None,
    from_beginning: FromBeginning = False,
    until_end: UntilEnd = False,
    limit: Limit = None,
    layout: Layout = MessageLayout.TABLE,
    pretty: Pretty = False,
    _debug: Debug = False,
) -> None:
    r"""Show the messages of topics as they arrive, until Ctrl-C.

    table: time, topic, partition:offset, key, value, [headers]. json: an object a line, a value that is JSON parsed.
    raw: values only, each with a line break after it; exact bytes in a pipe.

    What a terminal might obey is written out (\x1b), what is no text is base64. Nothing is committed.
    """
    client = kafka_client(servers, client_settings)
    with (
        asked_to_stop() as is_stopped,
        closing(
            messages(client, topics, from_beginning=from_beginning, until_end=until_end, is_stopped=is_stopped)
        ) as found,
    ):
        for message in islice(found, limit):
            _show(message, layout, pretty=pretty)


def _show(message: "ShownMessage", layout: MessageLayout, *, pretty: bool) -> None:
    match layout:
        case MessageLayout.TABLE:
            text = line(message, pretty=pretty).encode()
        case MessageLayout.JSON:
            text = json_line(message).encode()
        case MessageLayout.RAW:
            text = raw_bytes(message, to_terminal=sys.stdout.isatty())
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()
