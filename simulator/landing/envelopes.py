"""Lines of the multiplex feed: each an envelope that says which message Kafka took."""

from __future__ import annotations

import base64
import binascii
import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # public, but unknown to typeshed
from typing import TYPE_CHECKING, Any

from simulator.landing.times import milliseconds
from simulator.message import Headers, Message, Place, Unplayable

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOPIC = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,249}")
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def message_of_envelope(line: bytes, place: Place) -> Message | Unplayable:
    """The message with the bytes that it had: a text is its text, base64 of an object is decoded."""
    try:
        text = line.decode()
        envelope = json.loads(text)
    except ValueError:
        return Unplayable(place, "is no JSON")
    if not isinstance(envelope, dict):
        return Unplayable(place, "is no envelope, but another JSON value")
    topic = envelope.get("topic")
    if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
        return Unplayable(place, "names no topic" if topic is None else f"names no topic: {json.dumps(topic)[:60]}")
    try:
        return Message(
            topic,
            _key(envelope, text),
            _value(envelope, text),
            milliseconds(envelope.get("timestamp")),
            _headers(envelope.get("headers")),
            _partition(envelope.get("partition")),
            place,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Unplayable(place, f"has parts that Kafka does not take: {type(error).__name__}: {error}")


def decoded(text: str) -> bytes:
    """The bytes of a value; a connector may have written them as base64, which begins as no JSON text does."""
    encoded = text.encode()
    if not text.startswith(("ew", "ey")):
        return encoded
    try:
        plain = base64.b64decode(text, validate=True)
        plain.decode()
    except (binascii.Error, UnicodeDecodeError):
        return encoded
    return plain


def _value(envelope: Mapping[str, Any], text: str) -> bytes | None:
    value = envelope.get("value")
    if isinstance(value, str):
        return decoded(value)
    return None if value is None else _as_written("value", text)


def _key(envelope: Mapping[str, Any], text: str) -> bytes | None:
    key = envelope.get("key")
    if isinstance(key, str):
        return key.encode()
    return None if key is None else _as_written("key", text)


def _headers(headers: Any) -> Headers:
    return tuple((str(header["key"]), _bytes(header.get("value"))) for header in headers or ())


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else value.encode()


def _partition(partition: Any) -> int | None:
    return partition if isinstance(partition, int) and partition >= 0 else None


def _as_written(name: str, text: str) -> bytes:
    """The text of a member of a JSON object, not as Python would write it; of several the last."""
    found, at = "", _skip(text, 0) + 1
    while text[at := _skip(text, at)] != "}":
        member, at = scanstring(text, _skip(text, at) + 1)
        start = _skip(text, _skip(text, at) + 1)
        _, at = _DECODER.raw_decode(text, start)
        found = text[start:at] if member == name else found
        at = _skip(text, at)
        at += text[at] == ","
    return found.encode()


def _skip(text: str, at: int) -> int:
    matched = _SPACE.match(text, at)
    return matched.end() if matched else at
