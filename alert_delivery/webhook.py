"""The receiver of alerts, over HTTP."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Timeout, Url, parse_url

from alert_delivery.signature import signature_headers
from dlt_local.errors import PipelineError

_TRANSIENT = frozenset({408, 425, 429})
_OK = range(200, 300)
_SERVER_ERRORS = range(500, 600)
_LONGEST_BODY = 64 * 1024
_LONGEST_PAUSE_S = 24 * 3600.0


class WebhookError(PipelineError):
    """The address of the receiver cannot be used."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said, or why it said nothing; `pause_s` is how long it asks to be left alone."""

    detail: str
    is_taken: bool = False
    may_succeed_later: bool = False
    pause_s: float | None = None


class Webhook:
    """Posts alerts, signed. https, unless the host is this machine; redirects are not followed."""

    def __init__(self, url: str, secret: bytes, *, timeout_s: float = 10.0) -> None:
        """WebhookError if the address is none."""
        self._url = _checked(url)
        self._secret = secret
        self._pool = urllib3.PoolManager(timeout=Timeout(connect=timeout_s, read=timeout_s), retries=False)

    @property
    def host(self) -> str:
        """The rest of an address may be secret."""
        return f"{self._url.scheme}://{self._url.netloc}"

    def send(self, alert_id: str, body: bytes, now: float) -> Answer:
        """One attempt, within the time-out for connecting and the same again for the answer."""
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": alert_id,
            "User-Agent": "fitness-alerts",
            **signature_headers(self._secret, body, now),
        }
        try:
            response = self._pool.request(
                "POST", self._url.url, body=body, headers=headers, redirect=False, preload_content=False
            )
        except (HTTPError, OSError) as error:
            return Answer(_reason(error), may_succeed_later=True)
        _keep_connection(response)
        return _answer(response.status, _pause_s(response.headers.get("Retry-After"), now))


def _keep_connection(response: BaseHTTPResponse) -> None:
    """Nobody needs the body; a short one is read, so that the next alert can use the connection."""
    try:
        is_short = len(response.read(_LONGEST_BODY)) < _LONGEST_BODY
    except (HTTPError, OSError):
        is_short = False
    if is_short:
        response.release_conn()
    else:
        response.close()


def _answer(status: int, pause_s: float | None) -> Answer:
    if status in _OK:
        return Answer(str(status), is_taken=True)
    if status in _TRANSIENT or status in _SERVER_ERRORS:
        return Answer(str(status), may_succeed_later=True, pause_s=pause_s)
    return Answer(str(status))


def _pause_s(retry_after: str | None, now: float) -> float | None:
    """Seconds, or a date."""
    if retry_after is None:
        return None
    try:
        pause_s = float(retry_after)
    except ValueError:
        try:
            date = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        pause_s = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    return min(pause_s, _LONGEST_PAUSE_S) if pause_s > 0 else None


def _reason(error: Exception) -> str:
    """Without the address, which the message of an exception may hold."""
    names = [type(error).__name__]
    cause = error.__cause__ or error.__context__
    if isinstance(cause, OSError) and cause.strerror:
        names.append(cause.strerror)
    return ": ".join(names)


def _checked(url: str) -> Url:
    remedy = "Give one like https://host/path."
    try:
        parsed = parse_url(url)
    except LocationParseError:
        raise WebhookError("The webhook is no address", remedy=remedy) from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise WebhookError("The webhook is no address of http or https", remedy=remedy)
    if parsed.auth:
        raise WebhookError("The webhook's address holds a password", remedy="Alerts are signed; leave it out.")
    if parsed.scheme == "http" and not _is_local(parsed.host):
        raise WebhookError(f"The webhook on {parsed.host} must be https: alerts are health data")
    return parsed


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
