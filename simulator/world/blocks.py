"""Heart rates of a block of members: the unit of work, which makes the same files wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.world.calendar import DAY_S, first_second
from simulator.world.faults import QUARANTINE, SILVER, Fault, Messages, together
from simulator.world.landing_files import day_folder, file_fate, write_texts
from simulator.world.ledger import SCHEMA as LEDGER
from simulator.world.ledger import ledger_of_messages
from simulator.world.reading_lines import reading_lines
from simulator.world.readings import messages_of_day

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from simulator.world.devices import Device
    from simulator.world.heart_rate import Episode
    from simulator.world.parameters import Parameters
    from simulator.world.plan import Member

BLOCK_MEMBERS = 25
"""Members of a block; a block is a partition of the topic."""
_NAME = pa.dictionary(pa.int32(), pa.string())
HEART_RATE = pa.schema(
    [
        ("user_id", pa.int64()),
        ("device_id", pa.int64()),
        ("event_time", pa.timestamp("ms", "UTC")),
        ("bpm", pa.float64()),
        ("fault", _NAME),
    ]
)
"""One row per reading that silver must have, with the value that counts there."""


@dataclass(slots=True)
class BlockResult:
    """What a block has written."""

    lines: int = 0
    readings: int = 0
    latest_ms: int = 0
    """On the clocks of the devices, of all messages that are valid by themselves."""
    episodes: list[tuple[int, Episode]] = field(default_factory=list)
    """With the number of the member."""


@dataclass(frozen=True, slots=True)
class Block:
    """Members of a block and where their files go."""

    parameters: Parameters
    number: int
    members: tuple[Member, ...]
    root: Path


def write_block(block: Block) -> BlockResult:
    """Writes the files of a block, its part of the ledger and its clean readings."""
    name = f"bpm_{block.number:04}.parquet"
    ledger, readings = (block.root / "truth" / table / name for table in ("ledger", "heart_rate"))
    for path in (ledger, readings):
        path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(ledger, LEDGER) as to_ledger, pq.ParquetWriter(readings, HEART_RATE) as to_readings:
        return _Writing(block, to_ledger, to_readings).all_days()


class _Writing:
    """Day by day: what arrives on a later day waits."""

    def __init__(self, block: Block, ledger: pq.ParquetWriter, readings: pq.ParquetWriter) -> None:
        self._block, self._ledger, self._readings = block, ledger, readings
        self._devices = _devices(block)
        self._places = {device.device_id: place for place, device in enumerate(self._devices)}
        self._user_ids = np.array([member.person.user_id for member in block.members], dtype=np.int64)
        self._waiting: list[Messages] = []
        self._offset = 0
        self._result = BlockResult()

    def all_days(self) -> BlockResult:
        parameters = self._block.parameters
        by_day = [{today.day.number: today for today in member.days} for member in self._block.members]
        for number in range(parameters.days):
            for member, days in zip(self._block.members, by_day, strict=True):
                if number in days:
                    found, unusual = messages_of_day(parameters, member, days[number], self._places)
                    self._waiting += found
                    self._result.episodes += [(member.person.number, episode) for episode in unusual]
            # A day of a city may begin before that of UTC, so the day before is complete now.
            self._land(number - 1)
        self._land(parameters.days - 1)
        self._land(parameters.days)
        return self._result

    def _land(self, day: int) -> None:
        """Writes what arrives on a day."""
        if not self._waiting or day < 0:
            return
        waiting = together(self._waiting)
        arrives = _arrival_days(self._block.parameters, waiting.arrival_ms) <= day
        self._waiting = [waiting.at(~arrives)]
        due = waiting.at(arrives)
        if len(due):
            self._write(due.at(np.argsort(due.arrival_ms, kind="stable")), day)

    def _write(self, messages: Messages, day: int) -> None:
        parameters, partition = self._block.parameters, self._block.number
        offsets = np.arange(self._offset, self._offset + len(messages), dtype=np.int64)
        self._offset += len(messages)
        lines = reading_lines(messages, self._devices, partition, offsets)
        fate = file_fate(parameters, day, partition, may_be_late=True)
        name = f"bpm_{day_folder(parameters, day)}_p{partition:03}"
        late = "_late" if fate.day != day else ""
        self._write_file(f"{name}{late}", fate.day, lines, messages, offsets, is_again=False)
        if fate.again_on is not None:
            self._write_file(f"{name}_sent_again", fate.again_on, lines, messages, offsets, is_again=True)
        self._write_readings(messages.at(messages.fate == SILVER))
        valid = (messages.fate != QUARANTINE) | (messages.fault == Fault.AFTER_DELETE)
        self._result.latest_ms = max(self._result.latest_ms, int(messages.time_ms[valid].max(initial=0)))

    def _write_file(
        self,
        name: str,
        day: int,
        lines: pa.StringArray,
        messages: Messages,
        offsets: NDArray[np.int64],
        *,
        is_again: bool,
    ) -> None:
        source_file = f"{day_folder(self._block.parameters, day)}/kafka_multiplex/{name}.json"
        write_texts(self._block.root / source_file, lines)
        self._ledger.write_table(
            ledger_of_messages(messages, source_file, self._block.number, offsets, is_again=is_again)
        )
        self._result.lines += len(messages)

    def _write_readings(self, messages: Messages) -> None:
        device_ids = np.array([device.device_id for device in self._devices], dtype=np.int64)
        member = messages.member - self._block.members[0].person.number
        columns = [
            pa.array(self._user_ids[member]),
            pa.array(device_ids[messages.device]),
            pa.array(messages.time_ms).cast(HEART_RATE.field("event_time").type),
            pa.array(messages.bpm, mask=np.isnan(messages.bpm)),
            pa.DictionaryArray.from_arrays(
                pa.array(messages.fault.astype(np.int32)), pa.array([fault.text for fault in Fault])
            ),
        ]
        self._readings.write_table(pa.table(columns, schema=HEART_RATE))
        self._result.readings += len(messages)


def _devices(block: Block) -> list[Device]:
    found = {worn.device.device_id: worn.device for member in block.members for worn in member.worn}
    return list(found.values())


def _arrival_days(parameters: Parameters, arrival_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    days = (arrival_ms // 1000 - first_second(parameters)) // DAY_S
    return np.clip(days, 0, parameters.days)
