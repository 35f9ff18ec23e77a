"""Devices: which member wears which one from when on, and how each tells the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.world.calendar import DAY_S, first_second
from simulator.world.sent import Channel, Sent, rejected, with_copies
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.world.parameters import Parameters
    from simulator.world.people import Person
    from simulator.world.profiles import Absence
    from simulator.world.streams import Random

REGISTRATIONS = Channel(
    "registered_users", "registered_users", header="user_id,device_id,mac_address,registration_timestamp"
)
_MONTH_S = 30 * DAY_S
_MOST_DEVICES = 100  # of one member
_TEXT_IDS, _NESTED_VALUES = 0.1, 0.1  # shares of devices
_USED_AFTER_S = 7200  # a device is worn two hours after its registration: no clock is off by that much
_GIVEN_BACK_FOR_S = 3600  # before it is handed on
_BROKEN = (
    ("user_id_is_a_number", 0, ""),
    ("mac_address_has_six_pairs", 2, "no-mac"),
    ("registered_at_readable", 3, "?"),
)


class TimeForm(StrEnum):
    """How a device writes the time of a reading."""

    SECONDS = "seconds"
    SECONDS_WITH_FRACTION = "seconds with fraction"
    MILLISECONDS = "milliseconds"
    ISO_8601 = "ISO 8601"


@dataclass(frozen=True, slots=True)
class Device:
    """A watch or strap."""

    device_id: int
    mac_address: str
    time_form: TimeForm
    id_is_text: bool
    value_is_nested: bool
    """Whether its messages are JSON objects in the envelope, not texts."""
    clock_offset_ms: int
    is_strap: bool


@dataclass(frozen=True, slots=True)
class Worn:
    """A device of a member: registered at, and in use [from_s, until_s)."""

    device: Device
    registered_s: int
    from_s: int
    until_s: float = math.inf


def devices_of(
    parameters: Parameters, person: Person, away: Absence | None, neighbour: Sequence[Worn] = ()
) -> list[Worn]:
    """The devices of a member; `neighbour` has those of the member before, who may hand one on."""
    random = stream(parameters.seed, Part.DEVICES, person.number)
    has_strap, strap_days = random.random() < parameters.second_device_share, random.uniform(0, 10)
    found = [_first(parameters, person)]
    strap_s = person.registered_s + int(strap_days * DAY_S)
    returned = [worn for worn in neighbour if worn.until_s < math.inf]
    for at_s in _swap_times(parameters, random, person, away):
        takes = random.random() < parameters.handed_on_share
        handed = next((worn for worn in returned if worn.until_s + _GIVEN_BACK_FOR_S < at_s), None) if takes else None
        if handed is not None:
            returned.remove(handed)
        device = handed.device if handed else make_device(parameters, person, len(found))
        found[-1] = Worn(found[-1].device, found[-1].registered_s, found[-1].from_s, at_s)
        found.append(Worn(device, at_s, at_s + _USED_AFTER_S))
    if has_strap and not (away and away.has(strap_s)):
        strap = make_device(parameters, person, _MOST_DEVICES - 1, is_strap=True)
        found.append(Worn(strap, strap_s, strap_s + _USED_AFTER_S))
    return found


def in_use(worn: Sequence[Worn], at_s: float, *, strap: bool = False) -> Device | None:
    """The watch that a member wears at an instant, or the strap."""
    for each in worn:
        if each.device.is_strap == strap and each.from_s <= at_s < each.until_s:
            return each.device
    return None


def make_device(parameters: Parameters, person: Person, number: int, *, is_strap: bool = False) -> Device:
    """A new device, number so and so of the member who has it first."""
    random = stream(parameters.seed, Part.DEVICES, person.number, number + 1)
    device_id = 300_000 + person.number * _MOST_DEVICES + number
    is_skewed = random.random() < parameters.skewed_clock_share
    offset_s = random.uniform(-1800, 1800) if is_skewed else random.normal(0, parameters.clock_offset_sd_s)
    form = TimeForm(random.choice(list(TimeForm), p=[0.6, 0.15, 0.15, 0.1]))
    # Clocks that show seconds are off by whole ones.
    offset_ms = round(offset_s * 1000) if form is TimeForm.MILLISECONDS else 1000 * round(offset_s)
    octets = device_id.to_bytes(4, "big")
    return Device(
        device_id=device_id,
        mac_address=f"02:5a:{octets.hex(':')}",
        time_form=form,
        id_is_text=bool(random.random() < _TEXT_IDS),
        value_is_nested=bool(random.random() < _NESTED_VALUES),
        clock_offset_ms=offset_ms,
        is_strap=is_strap,
    )


def registrations(parameters: Parameters, person: Person, worn: Sequence[Worn], away: Absence | None) -> list[Sent]:
    """The lines by which the lakehouse learns of a member's devices."""
    random = stream(parameters.seed, Part.DELIVERY, person.number, 1)
    found: list[Sent] = []
    for each in worn:
        is_late, late_s, soon_s = random.random(), random.uniform(0, 2 * DAY_S), random.uniform(10, 3600)
        waits_s = late_s if is_late < parameters.late_registration_share else soon_s
        fields = _fields(person, each)
        sent = Sent(each.registered_s + waits_s, REGISTRATIONS, ",".join(fields))
        if away is not None and away.has(each.registered_s):
            sent = rejected(sent, "member_is_not_deleted", fault="registration after a delete")
        found.append(sent)
        if random.random() < parameters.broken_copy_share:
            reason, column, text = _BROKEN[int(random.integers(len(_BROKEN)))]
            broken = ",".join([*fields[:column], text, *fields[column + 1 :]])
            found.append(rejected(Sent(sent.arrival_s, REGISTRATIONS, broken), reason, fault="broken copy"))
    return list(with_copies(parameters, random, found))


def _fields(person: Person, worn: Worn) -> list[str]:
    device = worn.device
    device_id = f"FT_001_{device.device_id}" if device.id_is_text else str(device.device_id)
    return [str(person.user_id), device_id, device.mac_address, _time(device.time_form, worn.registered_s)]


def _time(form: TimeForm, at_s: int) -> str:
    match form:
        case TimeForm.SECONDS:
            return str(at_s)
        case TimeForm.SECONDS_WITH_FRACTION:
            return f"{at_s}.0"
        case TimeForm.MILLISECONDS:
            return str(at_s * 1000)
        case TimeForm.ISO_8601:
            return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S+0000}"


def _first(parameters: Parameters, person: Person) -> Worn:
    device = make_device(parameters, person, 0)
    return Worn(device, person.registered_s, person.registered_s + _USED_AFTER_S)


def _swap_times(parameters: Parameters, random: Random, person: Person, away: Absence | None) -> list[int]:
    """Times at which a member takes another watch into use; none on the day of leaving and while away."""
    if parameters.swap_per_month == 0:
        return []
    rate = -math.log1p(-min(parameters.swap_per_month, 1 - 1e-12)) / _MONTH_S
    begin, end = first_second(parameters), first_second(parameters) + parameters.days * DAY_S
    at = float(max(begin, person.registered_s + DAY_S))
    found: list[int] = []
    while len(found) < _MOST_DEVICES - 2:
        at += DAY_S / 4 + random.exponential(1 / rate)
        if at >= end:
            break
        # Somebody who leaves on this day, or has left, does not change the watch.
        if away is None or not (away.left_s - DAY_S <= at and (away.back_s is None or at < away.back_s + DAY_S)):
            found.append(int(at))
    return found
