"""Landing files as read: every line once, in no particular order, with nothing judged yet."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a feed as text, and its fields; None where it is no JSON object."""

    raw: str
    fields: Fields | None


@dataclass(frozen=True, slots=True)
class Landing:
    """Everything that arrived."""

    registrations: list[Line]
    gym_logins: list[Line]
    messages: list[Line]
    daily_activity: list[Line]


def read(*landings: Path) -> Landing:
    """All files of one or several landing folders."""
    return Landing(
        registrations=_csv_lines(landings, "registered_users"),
        gym_logins=_csv_lines(landings, "gym_logins"),
        messages=_json_lines(landings, "kafka_multiplex"),
        daily_activity=_json_lines(landings, "daily_activity"),
    )


def json_object(text: object) -> Fields | None:
    """The object that a text holds, or that a nested value is already."""
    if isinstance(text, dict):
        return text
    try:
        parsed = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _csv_lines(landings: tuple[Path, ...], feed: str) -> list[Line]:
    lines = []
    for path in _files(landings, feed):
        rows = csv.reader(_text(path).splitlines())
        header = next(rows)
        for row in (row for row in rows if row):
            fields: Fields = {name: value or None for name, value in zip(header, row, strict=True)}
            lines.append(Line(json.dumps(fields), fields))
    return lines


def _json_lines(landings: tuple[Path, ...], feed: str) -> list[Line]:
    texts = (text for path in _files(landings, feed) for text in _text(path).splitlines())
    return [Line(text, json_object(text)) for text in texts if text.strip()]


def _files(landings: tuple[Path, ...], feed: str) -> list[Path]:
    return sorted(path for landing in landings for path in (landing / feed).glob("*") if path.is_file())


def _text(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
