"""How a receiver knows that an alert is ours, unchanged, and not one of yesterday that somebody sends again."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMESTAMP = "X-Alert-Timestamp"
SIGNATURE = "X-Alert-Signature"
_VERSION = "v1="


class SignatureError(PipelineError):
    """A request is not to be trusted."""


def signature_headers(secret: bytes, body: bytes, now: float) -> dict[str, str]:
    """Headers for a request that is sent now: epoch seconds, and the HMAC-SHA256 of `<seconds>.<body>` in hex."""
    timestamp = str(int(now))
    return {TIMESTAMP: timestamp, SIGNATURE: f"{_VERSION}{_digest(secret, timestamp, body)}"}


def verify_signature(
    secret: bytes, headers: Mapping[str, str], body: bytes, *, now: float | None = None, window_s: float = 300.0
) -> None:
    """For receivers: SignatureError unless the body was signed with the secret, less than `window_s` ago.

    `body` are the bytes as received, before any parsing. A request sent again within the window is verified as well:
    its `Idempotency-Key`, the `alert_id` of the body, tells.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = given.get(TIMESTAMP.lower(), ""), given.get(SIGNATURE.lower(), "")
    expected = f"{_VERSION}{_digest(secret, timestamp, body)}"
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureError("The signature does not belong to this body, time and secret")
    if not abs((time.time() if now is None else now) - int(timestamp)) <= window_s:
        raise SignatureError(f"The request was signed more than {window_s:g} seconds ago, or in the future")


def _digest(secret: bytes, timestamp: str, body: bytes) -> str:
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
