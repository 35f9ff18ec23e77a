"""What is sent, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulator.world.parameters import Parameters
    from simulator.world.streams import Random

CUT_OFF = "cut off"


class Fate(StrEnum):
    """What becomes of a message or line; each has exactly one."""

    SILVER = "silver"
    """A row of silver says it, or is made of it."""
    DUPLICATE = "duplicate"
    """Another message of the ledger says the same, or something newer about the same instant."""
    SUPERSEDED = "superseded"
    """A later record of the same day or visit says more."""
    MERGED = "merged"
    """A second login that belongs to the visit of the first."""
    NO_CHANGE = "no change"
    """Valid, and changes nothing: the tombstone after a delete."""
    QUARANTINE = "quarantine"
    """Rejected for `reasons`."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Where something is sent: a folder of the landing, a topic if it is a message, and how its files are called."""

    folder: str
    file: str
    topic: str | None = None
    header: str | None = None
    """First line of its CSV files."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message or line. `text` is the line, or the value of the message; None is a tombstone."""

    arrival_s: float
    channel: Channel
    text: str | None
    key: str | None = None
    fate: Fate = Fate.SILVER
    reasons: tuple[str, ...] = ()
    fault: str = ""
    """What is wrong with it, or odd about it; empty if nothing is."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """What a feed's rules say about a message that ends in the middle."""

    reasons: tuple[str, ...]


def rejected(sent: Sent, *reasons: str, fault: str) -> Sent:
    """The same, on its way to quarantine."""
    return replace(sent, fate=Fate.QUARANTINE, reasons=reasons, fault=fault)


def with_copies(
    parameters: Parameters, random: Random, sent: Iterable[Sent], cut_off: CutOff | None = None
) -> Iterator[Sent]:
    """All of them; some twice, and of some a broken copy too, so that nothing is lost by it."""
    for each in sent:
        yield each
        is_repeated, is_broken, delay_s, length = random.random(4)
        arrival_s = each.arrival_s + 1 + 600 * delay_s
        if is_repeated < parameters.repeated_message_share and each.fate is not Fate.QUARANTINE and each.text:
            yield replace(each, arrival_s=arrival_s, fate=Fate.DUPLICATE, fault="sent twice")
        if cut_off and each.text and is_broken < parameters.broken_copy_share:
            text = each.text[: 2 + int(length * (len(each.text) - 4))]
            yield rejected(replace(each, text=text, arrival_s=arrival_s), *cut_off.reasons, fault=CUT_OFF)
