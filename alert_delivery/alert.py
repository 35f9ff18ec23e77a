"""A health alert as it comes from Kafka; only what delivery has to know of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from dlt_local.errors import PipelineError

_LONGEST_ID = 200


class UnreadableAlertError(PipelineError):
    """A message is no alert."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A message with a name of its own; `happened_at` is its event time in epoch seconds, None if it tells none."""

    alert_id: str
    happened_at: float | None
    body: bytes


def alert_of(value: bytes | None) -> Alert:
    """The alert that a message holds, its body unchanged; UnreadableAlertError says why it is none.

    It must be a JSON object with a text `alert_id` and `rule`; further fields are the receiver's business.
    """
    try:
        fields = json.loads((value or b"").decode())
    except (ValueError, RecursionError):
        raise UnreadableAlertError("The message is no JSON") from None
    if not isinstance(fields, dict):
        raise UnreadableAlertError("The message is no JSON object")
    for name in ("alert_id", "rule"):
        if not isinstance(fields.get(name), str) or not fields[name].strip():
            raise UnreadableAlertError(f"The message has no text '{name}'")
    alert_id = fields["alert_id"]
    # It becomes the value of an HTTP header.
    if len(alert_id) > _LONGEST_ID or not (alert_id.isascii() and alert_id.isprintable()):
        raise UnreadableAlertError(f"The message's 'alert_id' is no plain text of at most {_LONGEST_ID} characters")
    return Alert(alert_id, _epoch(fields.get("event_time")), value or b"")


def _epoch(time: object) -> float | None:
    if not isinstance(time, str):
        return None
    try:
        parsed = datetime.fromisoformat(time)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
