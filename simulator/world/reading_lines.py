"""Heart-rate messages as lines of a landed file: many at a time, as columns of texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.world.devices import TimeForm
from simulator.world.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.world.devices import Device
    from simulator.world.faults import Messages

_PLAIN = (Fault.NONE, Fault.ZERO, Fault.SPIKE, Fault.STUCK, Fault.SENT_TWICE, Fault.CONFLICT, Fault.AFTER_DELETE)
_CUT_AT = 24  # characters of a message that is cut off; all are longer
_TEXT_RATES = ("n/a", "--", "error")


def reading_lines(
    messages: Messages, devices: Sequence[Device], partition: int, offsets: NDArray[np.int64]
) -> pa.StringArray:
    """One line per message, with its line end."""
    known = pa.array(messages.device)
    pieces = [_pieces(device, partition) for device in devices]
    start, middle, end = (pa.array([each[column] for each in pieces], pa.string()).take(known) for column in range(3))
    lines = pc.binary_join_element_wise(
        start,
        _times(messages, devices),
        middle,
        rates(messages.bpm),
        end,
        pc.cast(pa.array(offsets), pa.string()),
        ', "timestamp": ',
        pc.cast(pa.array(messages.arrival_ms), pa.string()),
        "}\n",
        "",
    )
    odd = ~np.isin(messages.fault, _PLAIN)
    if not odd.any():
        return lines
    places = np.flatnonzero(odd)
    written = [
        _odd_line(messages, place, devices[messages.device[place]], partition, int(offsets[place])) for place in places
    ]
    return pc.replace_with_mask(lines, pa.array(odd), pa.array(written, pa.string()))


def rates(bpm: NDArray[np.float64]) -> pa.StringArray:
    """Heart rates to a tenth as JSON numbers; null where there is none."""
    unknown = np.isnan(bpm)
    tenths = np.rint(np.where(unknown, 0.0, bpm) * 10).astype(np.int64)
    text = pc.binary_join_element_wise(
        pc.cast(pa.array(tenths // 10), pa.string()), pc.cast(pa.array(tenths % 10), pa.string()), "."
    )
    return pc.if_else(pa.array(unknown), "null", text) if unknown.any() else text


def _pieces(device: Device, partition: int) -> tuple[str, str, str]:
    """What stands before the time of a message, between time and heart rate, and behind it up to the offset."""
    quote = '"' if device.value_is_nested else '\\"'
    opening, closing = ("{", "}") if device.value_is_nested else ('"{', '}"')
    device_id = f"{quote}FT_001_{device.device_id}{quote}" if device.id_is_text else str(device.device_id)
    return (
        f'{{"key": "{device.device_id}", "value": {opening}{quote}device_id{quote}: {device_id}, {quote}time{quote}: ',
        f", {quote}heartrate{quote}: ",
        f'{closing}, "topic": "bpm", "partition": {partition}, "offset": ',
    )


def _times(messages: Messages, devices: Sequence[Device]) -> pa.StringArray:
    """The time of each message as its device writes it."""
    seconds = messages.time_ms // 1000
    millis = np.array([device.time_form is TimeForm.MILLISECONDS for device in devices])[messages.device]
    texts = pc.cast(pa.array(np.where(millis, messages.time_ms, seconds)), pa.string())
    fraction = np.array([device.time_form is TimeForm.SECONDS_WITH_FRACTION for device in devices])[messages.device]
    if fraction.any():
        texts = pc.if_else(pa.array(fraction), pc.binary_join_element_wise(texts, ".0", ""), texts)
    iso = np.array([device.time_form is TimeForm.ISO_8601 for device in devices])[messages.device]
    if iso.any():
        quotes = np.array(['"' if device.value_is_nested else '\\"' for device in devices])[messages.device[iso]]
        written = pc.strftime(pa.array(seconds[iso]).cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%S+0000")
        texts = pc.replace_with_mask(
            texts, pa.array(iso), pc.binary_join_element_wise(pa.array(quotes), written, pa.array(quotes), "")
        )
    return texts


def _odd_line(messages: Messages, place: Any, device: Device, partition: int, offset: int) -> str:
    """A line that is not as it should be, or has a null."""
    fault, time_ms, bpm = Fault(messages.fault[place]), int(messages.time_ms[place]), float(messages.bpm[place])
    value: dict[str, Any] = {
        "device_id": None if fault is Fault.NO_DEVICE else device.device_id,
        "time": None if fault is Fault.NO_TIME else _time(device, time_ms),
        "heartrate": None if np.isnan(bpm) else bpm,
    }
    if fault in {Fault.NEGATIVE, Fault.TOO_HIGH}:
        value["heartrate"] = -5.0 if fault is Fault.NEGATIVE else 300 + bpm
    if fault is Fault.TEXT:
        value["heartrate"] = _TEXT_RATES[time_ms // 1000 % len(_TEXT_RATES)]
    text = json.dumps(value)
    envelope = {
        "key": str(device.device_id),
        "value": text[:_CUT_AT] if fault is Fault.CUT_OFF else text,
        "topic": "steps" if fault is Fault.UNKNOWN_TOPIC else "bpm",
        "partition": partition,
        "offset": offset,
        "timestamp": int(messages.arrival_ms[place]),
    }
    line = json.dumps(envelope)
    return (line[: 2 * _CUT_AT] if fault is Fault.CUT_OFF_ENVELOPE else line) + "\n"


def _time(device: Device, time_ms: int) -> int | float:
    return time_ms if device.time_form is TimeForm.MILLISECONDS else time_ms // 1000
