"""Kafka messages as text for a terminal, whatever their bytes are."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class ShownMessage(NamedTuple):
    """A message as Kafka gave it out; `time_ms` is None if it has no time."""

    topic: str
    partition: int
    offset: int
    time_ms: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def line(message: ShownMessage, *, pretty: bool = False) -> str:
    """Time, place, key, value and headers on one line; a pretty JSON value takes more."""
    parts = [
        _time(message.time_ms) or "no time",
        f"{harmless(message.topic)} {message.partition}:{message.offset}",
        _short(message.key),
        _pretty(message.value) if pretty else _short(message.value),
    ]
    headers = " ".join(f"{harmless(name)}={_short(value)}" for name, value in message.headers)
    return "  ".join([*parts, f"[{headers}]"] if headers else parts)


def json_line(message: ShownMessage) -> str:
    """One object; a value that is JSON stands in it as such, other texts as texts, bytes as {"base64": ...}."""
    shown = {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "timestamp": _time(message.time_ms),
        "key": _as_json_value(message.key),
        "value": _as_json_value(message.value, parsed=True),
        "headers": [{"key": name, "value": _as_json_value(value)} for name, value in message.headers],
    }
    # In JSON, control characters can only be in texts, where this is how they are written.
    return _replaced(json.dumps(shown, ensure_ascii=False), _json_escape)


def raw_bytes(message: ShownMessage, *, to_terminal: bool) -> bytes:
    """The value as it is; for a terminal without anything that it might obey."""
    value = message.value or b""
    return _short(value).encode() if to_terminal else value


def harmless(text: str) -> str:
    """The text with everything invisible written out, so that it cannot command a terminal or hide what it says."""
    return _replaced(text, lambda character: character.encode("unicode_escape").decode())


def _short(content: bytes | None) -> str:
    if content is None:
        return "null"
    try:
        return harmless(content.decode())
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(content).decode()}"


def _pretty(content: bytes | None) -> str:
    try:
        value = json.loads(content or b"")
    except (ValueError, RecursionError):
        return _short(content)
    lines = json.dumps(value, ensure_ascii=False, indent=2).splitlines()
    return "\n".join(["", *(f"    {_replaced(line, _json_escape)}" for line in lines)] if len(lines) > 1 else lines)


def _as_json_value(content: bytes | None, *, parsed: bool = False) -> Any:
    if content is None:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
    return _parsed(text) if parsed else text


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
        # NaN and what is too large for a number are no JSON, though Python reads them.
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return text
    return value


def _replaced(text: str, written: Callable[[str], str]) -> str:
    # A space is printable, a line break is not.
    return text if text.isprintable() else "".join(c if c.isprintable() else written(c) for c in text)


def _json_escape(character: str) -> str:
    return json.dumps(character)[1:-1]


def _time(time_ms: int | None) -> str | None:
    if time_ms is None:
        return None
    try:
        return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms"
