"""A line of rates, small enough for the cell of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 120.0
HEIGHT = 28.0
_EDGE = 4.0
# Rates below one per cent are drawn as what they are: low.
_LEAST_TOP = 0.01


@dataclass(frozen=True, slots=True)
class Sparkline:
    """An SVG path with a gap wherever there is no rate, where the last rate stands, and what it says in words."""

    path: str
    last: tuple[float, float] | None
    words: str


def sparkline(rates: Sequence[float | None], length: int) -> Sparkline:
    """The rates of the first of `length` updates, from left to right, zero at the bottom."""
    known = [rate for rate in rates if rate is not None]
    top = max([*known, _LEAST_TOP])
    step = (WIDTH - 2 * _EDGE) / max(length - 1, 1)
    first = 0 if length > 1 else 1
    points = [
        None if rate is None else (_EDGE + (first + number) * step, HEIGHT - _EDGE - rate / top * (HEIGHT - 2 * _EDGE))
        for number, rate in enumerate(rates)
    ]
    return Sparkline(_path(points), points[-1], _words(known, len(rates)))


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    text, is_drawing = "", False
    for point in points:
        if point is not None:
            # A line of no length is a dot, should none follow.
            text += f"{'L' if is_drawing else 'M'}{point[0]:.1f} {point[1]:.1f}{'' if is_drawing else 'h0'}"
        is_drawing = point is not None
    return text


def _words(known: Sequence[float], updates: int) -> str:
    if not known:
        return f"no rate in {updates} updates"
    if len(known) == 1:
        return f"one rate, {known[0]:.2%}"
    return (
        f"{len(known)} rates in {updates} updates, from {min(known):.2%} to {max(known):.2%}, the last {known[-1]:.2%}"
    )
