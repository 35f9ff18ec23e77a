from __future__ import annotations

import hashlib
import hmac
import stat
from typing import TYPE_CHECKING

import pytest

from alert_delivery.alert import UnreadableAlertError, alert_of
from alert_delivery.secret import SecretError, signing_secret
from alert_delivery.signature import SignatureError, signature_headers, verify_signature
from alert_delivery.webhook import Webhook, WebhookError
from dlt_local.redaction import redacted

if TYPE_CHECKING:
    from pathlib import Path

SECRET, BODY, NOW = b"sixteen or more bytes", b'{"alert_id": "a"}', 1_776_148_500.75


def test_the_signature_is_the_documented_one() -> None:
    digest = hmac.new(SECRET, b"1776148500." + BODY, hashlib.sha256).hexdigest()
    assert signature_headers(SECRET, BODY, NOW) == {
        "X-Alert-Timestamp": "1776148500",
        "X-Alert-Signature": f"v1={digest}",
    }


def test_a_receiver_trusts_what_was_signed_just_now() -> None:
    headers = {name.lower(): value for name, value in signature_headers(SECRET, BODY, NOW).items()}
    for now in (NOW, NOW + 299, NOW - 299):
        verify_signature(SECRET, headers, BODY, now=now)


@pytest.mark.parametrize(
    ("secret", "body", "changed", "later", "reason"),
    [
        (b"another secret, as long", BODY, {}, 0, "does not belong"),
        (SECRET, BODY + b" ", {}, 0, "does not belong"),
        (SECRET, BODY, {"X-Alert-Timestamp": "1776148501"}, 0, "does not belong"),
        (SECRET, BODY, {"X-Alert-Timestamp": ""}, 0, "does not belong"),
        (SECRET, BODY, {"X-Alert-Signature": "v1=é"}, 0, "does not belong"),
        (SECRET, BODY, {}, 302, "more than 300 seconds ago"),
        (SECRET, BODY, {}, -302, "or in the future"),
    ],
)
def test_a_receiver_distrusts_everything_else(
    secret: bytes, body: bytes, changed: dict[str, str], later: float, reason: str
) -> None:
    headers = signature_headers(SECRET, BODY, NOW) | changed
    with pytest.raises(SignatureError, match=reason):
        verify_signature(secret, headers, body, now=NOW + later)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no JSON"),
        (b"\xff", "no JSON"),
        (b"[1]", "no JSON object"),
        (b'{"rule": "r"}', "no text 'alert_id'"),
        (b'{"alert_id": 7, "rule": "r"}', "no text 'alert_id'"),
        (b'{"alert_id": "a", "rule": " "}', "no text 'rule'"),
        (b'{"alert_id": "a\\r\\nX-Evil: 1", "rule": "r"}', "no plain text of at most 200 characters"),
    ],
)
def test_what_is_no_alert_says_why(value: bytes | None, reason: str) -> None:
    with pytest.raises(UnreadableAlertError, match=reason):
        alert_of(value)


def test_an_alert_keeps_its_bytes_and_tells_its_time() -> None:
    body = b'{"alert_id":"a1", "rule":"high", "event_time":"2026-04-14T06:35:00.5Z", "more": [1]}'
    alert = alert_of(body)
    assert (alert.alert_id, alert.happened_at, alert.body) == ("a1", 1776148500.5, body)
    assert alert_of(b'{"alert_id":"a1", "rule":"high", "event_time":"soon"}').happened_at is None


def test_a_secret_is_long_private_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FITNESS_ALERTS_SECRET", raising=False)
    file = tmp_path / "secret"
    with pytest.raises(SecretError, match="Give --secret-file, or set FITNESS_ALERTS_SECRET"):
        signing_secret(None)
    file.write_text("a secret of the file\n")
    file.chmod(0o640)
    with pytest.raises(SecretError, match=r"Others can read or write the secret in .* \(mode 0640\)\. chmod 600"):
        signing_secret(file)
    file.chmod(0o600)
    assert signing_secret(file) == b"a secret of the file"
    monkeypatch.setenv("FITNESS_ALERTS_SECRET", "short-secret")
    with pytest.raises(SecretError) as caught:
        signing_secret(None)
    assert str(caught.value) == "The secret in FITNESS_ALERTS_SECRET has less than 16 characters"
    assert redacted("a secret of the file, short-secret") == "[REDACTED], [REDACTED]"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.org/hook", "on example.org must be https"),
        ("http://127.0.0.1.example.org/", "must be https"),
        ("http://user:password@localhost/", "holds a password"),
        ("ftp://localhost/", "no address of http or https"),
        ("hook", "no address"),
    ],
)
def test_a_webhook_that_would_give_alerts_away_is_refused(url: str, reason: str) -> None:
    with pytest.raises(WebhookError, match=reason) as caught:
        Webhook(url, SECRET)
    assert "password@" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://example.org/h", "http://localhost:80/", "http://127.0.0.2/", "http://[::1]:1/"]
)
def test_https_or_this_machine_is_accepted(url: str) -> None:
    assert Webhook(url, SECRET).host == url.rpartition("/")[0]


def test_the_outbox_is_for_its_owner_only(outbox: object, tmp_path: Path) -> None:
    assert outbox
    assert stat.S_IMODE((tmp_path / "box/outbox.db").stat().st_mode) == 0o600
