"""Writes what was sent as files, one folder per day of arrival; some files come late, some come again."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from simulator.world.calendar import arrival_day
from simulator.world.sent import Fate
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pyarrow as pa

    from simulator.world.parameters import Parameters
    from simulator.world.sent import Channel, Sent

_OWN_FILES = 1_000_000  # numbers of the streams of the small feeds, beyond those of partitions


@dataclass(frozen=True, slots=True)
class LandedLine:
    """A line of a file and what must become of it: a row of the ledger."""

    source_file: str
    line: int
    feed: str
    partition: int | None
    offset: int | None
    arrival_s: float
    fate: Fate
    reasons: tuple[str, ...]
    fault: str


@dataclass(frozen=True, slots=True)
class FileFate:
    """On which day of the run a file lands, and on which it comes again, if it does."""

    day: int
    again_on: int | None


def file_fate(parameters: Parameters, day: int, *entity: int, may_be_late: bool = False) -> FileFate:
    """Nothing lands after the last day."""
    random = stream(parameters.seed, Part.FILES, day, *entity)
    is_late, is_sent_again, days = random.random(), random.random(), int(random.integers(1, 3))
    lands = day + days if may_be_late and is_late < parameters.late_file_share else day
    lands = min(lands, parameters.days)
    comes_again = is_sent_again < parameters.resent_file_share and lands < parameters.days
    return FileFate(lands, lands + 1 if comes_again else None)


def again(fate: Fate) -> Fate:
    """What becomes of a line when its file comes again."""
    return Fate.DUPLICATE if fate is Fate.SILVER else fate


def day_folder(parameters: Parameters, day: int) -> str:
    """Name of the folder of a day."""
    return (parameters.start + timedelta(days=day)).isoformat()


def write_texts(path: Path, texts: pa.StringArray) -> None:
    """The texts one after the other, as they lie in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, ends, data = texts.buffers()
    length = int(np.frombuffer(ends, dtype=np.int32)[texts.offset + len(texts)])
    with path.open("wb") as file:
        file.write(memoryview(data)[:length])


def land(parameters: Parameters, root: Path, sent: Iterable[Sent]) -> list[LandedLine]:
    """Writes the small feeds: a file per channel and day, lines in the order of arrival."""
    by_channel: defaultdict[Channel, list[Sent]] = defaultdict(list)
    for each in sent:
        by_channel[each.channel].append(each)
    return [
        line
        for channel in sorted(by_channel, key=lambda channel: channel.file)
        for line in _land_channel(parameters, root, channel, by_channel[channel])
    ]


def _land_channel(parameters: Parameters, root: Path, channel: Channel, sent: list[Sent]) -> Iterable[LandedLine]:
    number = _OWN_FILES + crc32(channel.file.encode())  # of its stream, whatever other channels there are
    by_day: defaultdict[int, list[tuple[int, Sent]]] = defaultdict(list)
    # Sorting keeps what arrived at one instant in the order in which it was made.
    for offset, each in enumerate(sorted(sent, key=lambda one: one.arrival_s)):
        by_day[arrival_day(parameters, each.arrival_s)].append((offset, each))
    for day, of_day in sorted(by_day.items()):
        fate = file_fate(parameters, day, number)
        name = f"{channel.file}_{day_folder(parameters, day)}"
        yield from _write(root, f"{day_folder(parameters, fate.day)}/{channel.folder}/{name}", of_day, again=False)
        if fate.again_on is not None:
            path = f"{day_folder(parameters, fate.again_on)}/{channel.folder}/{name}_sent_again"
            yield from _write(root, path, of_day, again=True)


def _write(root: Path, stem: str, sent: list[tuple[int, Sent]], *, again: bool) -> Iterable[LandedLine]:
    channel = sent[0][1].channel
    is_csv = channel.header is not None
    source_file = f"{stem}.{'csv' if is_csv else 'json'}"
    lines = [channel.header] if channel.header else []
    lines += [_line(each, offset) for offset, each in sent]
    path = root / source_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    for number, (offset, each) in enumerate(sent, 1 + is_csv):
        is_message = channel.topic is not None
        yield LandedLine(
            source_file=source_file,
            line=number,
            feed=channel.topic or channel.folder,
            partition=0 if is_message else None,
            offset=offset if is_message else None,
            arrival_s=each.arrival_s,
            fate=_again(each.fate) if again else each.fate,
            reasons=each.reasons,
            fault="file sent again" if again and not each.fault else each.fault,
        )


_again = again


def _line(sent: Sent, offset: int) -> str:
    if sent.channel.topic is None:
        return sent.text or ""
    envelope: Mapping[str, object] = {
        "key": sent.key,
        "value": sent.text,
        "topic": sent.channel.topic,
        "partition": 0,
        "offset": offset,
        "timestamp": int(sent.arrival_s * 1000),
    }
    return json.dumps(envelope)
