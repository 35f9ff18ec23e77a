"""The ledger: what must become of each line of each landed file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from simulator.world.faults import FATES, REASONS, Fault
from simulator.world.landing_files import again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.world.faults import Messages
    from simulator.world.landing_files import LandedLine

_NAME = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("source_file", _NAME),
        ("line", pa.int32()),
        ("feed", _NAME),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("arrived_at", pa.timestamp("ms", "UTC")),
        ("fate", _NAME),
        ("reasons", pa.list_(pa.string())),
        ("fault", _NAME),
    ]
)
"""One row per line of a file, CSV headers apart. `line` counts from 1 and counts headers."""

_MULTIPLEX = (Fault.CUT_OFF_ENVELOPE, Fault.UNKNOWN_TOPIC)  # whose messages no topic's table takes
_REASONS_OF = [REASONS.get(fault, ()) for fault in Fault]


def ledger_of_lines(lines: Sequence[LandedLine]) -> pa.Table:
    """Rows of the small feeds."""
    columns: dict[str, Any] = {
        name: pa.array([getattr(line, name) for line in lines], SCHEMA.field(name).type)
        for name in ("line", "partition", "offset")
    }
    for name in ("source_file", "feed", "fate", "fault"):
        columns[name] = pa.array([str(getattr(line, name)) for line in lines], pa.string()).dictionary_encode()
    columns["arrived_at"] = pa.array([int(line.arrival_s * 1000) for line in lines], SCHEMA.field("arrived_at").type)
    columns["reasons"] = pa.array([list(line.reasons) for line in lines], SCHEMA.field("reasons").type)
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def ledger_of_messages(
    messages: Messages, source_file: str, partition: int, offsets: NDArray[np.int64], *, is_again: bool
) -> pa.Table:
    """Rows of a file of heart rates."""
    number = len(messages)
    fates = [str(again(fate) if is_again else fate) for fate in FATES]
    faults = [fault.text for fault in Fault]
    in_feed = np.where(np.isin(messages.fault, _MULTIPLEX), 1, 0)
    columns = [
        _names(np.zeros(number, dtype=np.int32), [source_file]),
        pa.array(np.arange(1, number + 1, dtype=np.int32)),
        _names(in_feed, ["bpm", "kafka_multiplex"]),
        pa.array(np.full(number, partition, dtype=np.int32)),
        pa.array(offsets),
        pa.array(messages.arrival_ms).cast(SCHEMA.field("arrived_at").type),
        _names(messages.fate, fates),
        _reasons(messages.fault),
        _names(messages.fault, faults),
    ]
    return pa.table(columns, schema=SCHEMA)


def _names(codes: NDArray[Any], names: list[str]) -> pa.DictionaryArray:
    # Two codes may have one name; readers of dictionaries want each name once.
    own = list(dict.fromkeys(names))
    places = np.array([own.index(name) for name in names], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(places[codes]), pa.array(own, pa.string()))


def _reasons(fault: NDArray[np.uint8]) -> pa.ListArray:
    lengths = np.array([len(reasons) for reasons in _REASONS_OF], dtype=np.int32)
    ends = np.concatenate([[0], np.cumsum(lengths[fault])]).astype(np.int32)
    values = [reason for code in fault[lengths[fault] > 0] for reason in _REASONS_OF[code]]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(values, pa.string()))
