"""Which files lie in a landing folder, in the order in which they arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEEDS = ("kafka_multiplex", "registered_users", "gym_logins", "daily_activity")


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file of a feed."""

    feed: str
    path: Path


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived together, on a day or in a folder that knows no days; `left_out` has feeds without topic."""

    name: str
    files: tuple[LandedFile, ...]
    left_out: tuple[LandedFile, ...]


def arrivals(landing: Path) -> list[Arrival]:
    """Dated sub-folders, oldest first, or the feeds that lie there directly; PipelineError if there are neither."""
    if not landing.is_dir():
        raise PipelineError(f"Landing folder '{landing}' does not exist")
    days = sorted(folder for folder in landing.iterdir() if folder.is_dir() and _is_date(folder.name))
    found = [_arrival(folder) for folder in days or [landing]]
    if not any(arrival.files for arrival in found):
        remedy = f"It holds folders named {', '.join(FEEDS)}, or days like 2026-04-14 that do."
        raise PipelineError(f"No file of a feed lies in '{landing}'", remedy=remedy)
    return found


def _arrival(folder: Path) -> Arrival:
    files = sorted(_files(folder), key=lambda file: (file.path.name, file.path))
    return Arrival(
        folder.name,
        tuple(file for file in files if file.feed in FEEDS),
        tuple(file for file in files if file.feed not in FEEDS),
    )


def _files(folder: Path) -> Iterator[LandedFile]:
    for path in folder.glob("*/**/*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(_is_hidden(part) for part in parts):
            yield LandedFile(parts[0], path)


def _is_hidden(name: str) -> bool:
    """As Auto Loader sees it."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _is_date(name: str) -> bool:
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True
