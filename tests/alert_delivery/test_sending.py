from __future__ import annotations

import socket
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from alert_delivery.alert import Alert
from alert_delivery.outbox import Outbox, Outcome
from alert_delivery.outbox_file import OutboxError
from alert_delivery.sending import Policy, Sender
from alert_delivery.signature import SignatureError, verify_signature
from alert_delivery.webhook import Webhook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.alert_delivery.conftest import Clock, Receiver

SECRET = b"sixteen or more bytes"
POLICY = Policy(attempts=3, first_retry_s=2.0, longest_retry_s=3.0, max_age_s=600.0)


def put(outbox: Outbox, name: str, now: float, *, age_s: float = 0.0) -> bool:
    body = f'{{"alert_id": "{name}", "rule": "high"}}'.encode()
    return outbox.take(Alert(name, None, body), f"health_alerts/0/{name}", fresh_since=now - age_s, now=now)


@pytest.fixture
def sender(outbox: Outbox, receiver: Receiver, clock: Clock) -> Sender:
    return Sender(outbox, Webhook(receiver.url, SECRET, timeout_s=5.0), POLICY, clock)


def send_all(sender: Sender) -> int:
    sent = 0
    while sender.send_one():
        sent += 1
    return sent


def log_of(outbox: Outbox) -> list[tuple[str, int, Outcome, str | None]]:
    return [(entry.alert_id, entry.attempt, entry.outcome, entry.detail) for entry in outbox.log()]


def test_each_alert_is_sent_once_in_order_and_signed(
    sender: Sender, outbox: Outbox, receiver: Receiver, clock: Clock
) -> None:
    assert [put(outbox, name, clock()) for name in ("a", "b", "a")] == [True, True, False]
    assert send_all(sender) == 2
    assert not put(outbox, "b", clock())
    assert send_all(sender) == 0

    assert receiver.keys == ["a", "b"]
    request = receiver.requests[0]
    assert request.body == b'{"alert_id": "a", "rule": "high"}'
    assert request.headers["Content-Type"] == "application/json"
    verify_signature(SECRET, request.headers, request.body, now=clock())
    with pytest.raises(SignatureError):
        verify_signature(SECRET, request.headers, request.body.replace(b"high", b"low"), now=clock())
    assert log_of(outbox) == [("a", 1, Outcome.DELIVERED, "204"), ("b", 1, Outcome.DELIVERED, "204")]


def test_errors_of_the_receiver_are_tried_again_ever_later(
    sender: Sender, outbox: Outbox, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = [(500, {}), (503, {})]
    put(outbox, "a", clock())
    assert send_all(sender) == 1
    clock.now += 1.99  # at least the first wait
    assert send_all(sender) == 0
    clock.now += 2.02  # with at most as much at random
    assert send_all(sender) == 1
    clock.now += 3.0  # the longest wait
    assert send_all(sender) == 1
    assert receiver.keys == ["a", "a", "a"]
    assert log_of(outbox) == [
        ("a", 1, Outcome.RETRY, "500"),
        ("a", 2, Outcome.RETRY, "503"),
        ("a", 3, Outcome.DELIVERED, "204"),
    ]


def test_waits_double_up_to_a_limit_and_are_never_equal() -> None:
    policy = Policy(first_retry_s=1.0, longest_retry_s=60.0)
    for attempt, shortest in ((1, 1.0), (2, 2.0), (4, 8.0)):
        waits = [policy.wait_s(attempt) for _ in range(50)]
        assert all(shortest <= wait <= shortest + 1 for wait in waits)
        assert len(set(waits)) > 40
    assert policy.wait_s(12) == 60.0


def test_after_the_last_attempt_it_is_a_dead_letter_that_can_be_tried_again(
    sender: Sender, outbox: Outbox, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = [(500, {})] * 3
    put(outbox, "a", clock())
    for _ in range(4):
        send_all(sender)
        clock.now += 10
    (letter,) = outbox.dead_letters()
    assert (letter.alert_id, letter.reason, letter.source) == ("a", "500", "health_alerts/0/a")
    assert (len(receiver.requests), outbox.pending()) == (3, 0)

    clock.now += 10 * POLICY.max_age_s
    assert outbox.requeue(clock()) == 1
    assert send_all(sender) == 1
    assert receiver.requests[3].body == receiver.requests[0].body
    assert outbox.dead_letters() == []
    assert log_of(outbox)[-1] == ("a", 1, Outcome.DELIVERED, "204")


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
def test_what_will_never_succeed_is_given_up_at_once(
    sender: Sender, outbox: Outbox, receiver: Receiver, clock: Clock, status: int
) -> None:
    receiver.answers = [(status, {"Location": f"{receiver.url}/elsewhere"})]
    put(outbox, "a", clock())
    put(outbox, "b", clock())
    assert send_all(sender) == 2
    clock.now += 100
    assert send_all(sender) == 0
    assert receiver.keys == ["a", "b"]
    assert [letter.reason for letter in outbox.dead_letters()] == [str(status)]


@pytest.mark.parametrize("is_date", [False, True])
def test_a_receiver_that_asks_for_a_pause_gets_one(
    sender: Sender, outbox: Outbox, receiver: Receiver, clock: Clock, tmp_path: Path, *, is_date: bool
) -> None:
    pause = formatdate(clock() + 120, usegmt=True) if is_date else "120"
    receiver.answers = [(429, {"Retry-After": pause})]
    put(outbox, "a", clock())
    put(outbox, "b", clock())
    assert send_all(sender) == 1
    clock.now += 119
    put(outbox, "c", clock())
    with Outbox(tmp_path / "box/outbox.db") as after_a_restart:
        assert Sender(after_a_restart, sender.webhook, POLICY, clock).send_one() is False
    clock.now += 1
    assert send_all(sender) == 3
    assert receiver.keys[0] == "a"
    assert sorted(receiver.keys[1:]) == ["a", "b", "c"]


def test_of_two_pauses_the_longer_one_holds(outbox: Outbox, clock: Clock) -> None:
    put(outbox, "a", clock())
    for seconds in (50, 100, 10):
        outbox.pause(clock() + seconds)
    assert outbox.due(clock() + 99) is None
    assert outbox.due(clock() + 100)


def test_a_receiver_that_is_down_gets_the_alert_once_it_is_up(outbox: Outbox, receiver: Receiver, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    sender = Sender(outbox, Webhook(f"http://127.0.0.1:{port}/hook", SECRET), POLICY, clock)
    put(outbox, "a", clock())
    assert send_all(sender) == 1
    assert log_of(outbox) == [("a", 1, Outcome.RETRY, "NewConnectionError: Connection refused")]

    later = type(receiver)(port=port)
    server = later.start()
    clock.now += 10
    assert send_all(sender) == 1
    server.shutdown()
    server.server_close()
    assert later.keys == ["a"]


def test_a_receiver_that_does_not_answer_in_time_is_tried_again(outbox: Outbox, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        webhook = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/secret-path", SECRET, timeout_s=0.05)
        put(outbox, "a", clock())
        assert Sender(outbox, webhook, POLICY, clock).send_one()
    ((_, _, outcome, detail),) = log_of(outbox)
    assert outcome is Outcome.RETRY
    assert detail is not None
    assert detail.startswith("ReadTimeoutError")
    assert "secret" not in detail


def test_old_alerts_expire_unsent(sender: Sender, outbox: Outbox, receiver: Receiver, clock: Clock) -> None:
    receiver.answers = [(500, {})]
    put(outbox, "old", clock(), age_s=601)
    put(outbox, "a", clock(), age_s=599)
    assert send_all(sender) == 2
    clock.now += 10
    assert send_all(sender) == 1
    assert receiver.keys == ["a"]
    assert log_of(outbox) == [
        ("old", 0, Outcome.EXPIRED, "10 minutes old"),
        ("a", 1, Outcome.RETRY, "500"),
        ("a", 1, Outcome.EXPIRED, "10 minutes old"),
    ]
    assert not put(outbox, "old", clock())


def test_payloads_are_forgotten_and_ids_are_not(sender: Sender, outbox: Outbox, clock: Clock, tmp_path: Path) -> None:
    put(outbox, "a-known-alert", clock())
    send_all(sender)
    file = tmp_path / "box/outbox.db"
    outbox.forget_payloads(clock() - 1)
    assert contents(file).count(b'"a-known-alert", "rule"') > 0
    outbox.forget_payloads(clock())
    outbox.__exit__()
    assert b'"a-known-alert", "rule"' not in contents(file)
    with Outbox(file) as again:
        assert not put(again, "a-known-alert", clock())
        assert [entry.alert_id for entry in again.log()] == ["a-known-alert"]


def contents(file: Path) -> bytes:
    return b"".join(part.read_bytes() for part in sorted(file.parent.glob("outbox.db*")))


def test_an_outbox_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutboxError, match="There is no outbox"):
        Outbox(tmp_path / "none.db", make=False)
    (tmp_path / "text.db").write_text("not a database, but a text that is long enough to be one" * 100)
    with pytest.raises(OutboxError, match="cannot be used: file is not a database"):
        Outbox(tmp_path / "text.db")
