"""Reads the messages of landed files, one line at a time."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, BinaryIO, cast

from dlt_local.errors import PipelineError
from simulator.landing.envelopes import message_of_envelope
from simulator.landing.records import door_events, message_of_day, registrations
from simulator.message import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator.landing.arrivals import LandedFile
    from simulator.message import Message, Unplayable

_BY_LINE = {"kafka_multiplex": message_of_envelope, "daily_activity": message_of_day}
_CSV = {"registered_users": registrations, "gym_logins": door_events}
_FORMATS = frozenset({".json", ".jsonl", ".ndjson", ".csv", ".txt", ""})


def messages_of(file: LandedFile) -> Iterator[Message | Unplayable]:
    """What its lines say, in their order; blank lines say nothing."""
    packed = file.path.suffix == ".gz"
    name = file.path.with_suffix("") if packed else file.path
    if name.suffix.lower() not in _FORMATS:
        raise PipelineError(f"{file.path} cannot be played: it is neither JSON lines nor CSV, nor one of them in .gz")
    try:
        with cast("BinaryIO", gzip.open(file.path)) if packed else file.path.open("rb") as lines:
            yield from _json_lines(lines, file, _BY_LINE[file.feed]) if file.feed in _BY_LINE else _rows(lines, file)
    except (EOFError, gzip.BadGzipFile, csv.Error) as error:
        raise PipelineError(f"{file.path} cannot be read: {error}") from error


def _json_lines(
    lines: BinaryIO, file: LandedFile, message: Callable[[bytes, Place], Message | Unplayable]
) -> Iterator[Message | Unplayable]:
    for number, line in enumerate(lines, 1):
        if not line.isspace():
            yield message(line.rstrip(b"\r\n"), Place(file.path, number))


def _rows(lines: BinaryIO, file: LandedFile) -> Iterator[Message | Unplayable]:
    # What is no UTF-8 is found in its line, not at the first byte of the file's rest.
    with io.TextIOWrapper(lines, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        yield from _CSV[file.feed](text, file.path)
