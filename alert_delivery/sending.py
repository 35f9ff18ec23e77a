"""From the outbox to the receiver: one attempt after the other, as their times come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, wait_exponential_jitter

from alert_delivery.outbox import Outcome

if TYPE_CHECKING:
    from alert_delivery.outbox import DueAlert, Outbox
    from alert_delivery.webhook import Answer, Webhook

Attempt = Callable[[str, int, Outcome, str], None]
"""Told of each attempt: id of the alert, number of the attempt, outcome, HTTP status or error."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long an alert is worth trying."""

    attempts: int = 8
    first_retry_s: float = 1.0
    longest_retry_s: float = 600.0
    max_age_s: float = 3600.0

    def wait_s(self, attempt: int) -> float:
        """How long to wait after this attempt: twice as long after each, and up to as long as the first one more."""
        state = RetryCallState(Retrying(), None, (), {})
        state.attempt_number = attempt
        wait = wait_exponential_jitter(
            multiplier=self.first_retry_s, max=self.longest_retry_s, jitter=self.first_retry_s
        )
        return wait(state)


@dataclass(slots=True)
class Sender:
    """Sends what is due."""

    outbox: Outbox
    webhook: Webhook
    policy: Policy = field(default_factory=Policy)
    clock: Callable[[], float] = time.time
    on_attempt: Attempt = lambda *_: None

    def send_one(self) -> bool:
        """Whether an alert was due, and has been tried or found too old."""
        now = self.clock()
        alert = self.outbox.due(now)
        if alert is None:
            return False
        age_s = now - alert.fresh_since
        if age_s > self.policy.max_age_s:
            detail = f"{age_s / 60:.0f} minutes old"
            self.outbox.expired(alert, detail, now)
            self.on_attempt(alert.alert_id, alert.attempts, Outcome.EXPIRED, detail)
        else:
            self._try(alert, now)
        return True

    def _try(self, alert: DueAlert, now: float) -> None:
        attempt = alert.attempts + 1
        entry = self.outbox.start(alert, now)
        started = time.monotonic()
        answer = self.webhook.send(alert.alert_id, alert.body, now)
        outcome = self._record(alert, entry, attempt, answer, time.monotonic() - started)
        self.on_attempt(alert.alert_id, attempt, outcome, answer.detail)

    def _record(self, alert: DueAlert, entry: int, attempt: int, answer: Answer, seconds: float) -> Outcome:
        now = self.clock()
        if answer.is_taken:
            self.outbox.delivered(alert, entry, answer.detail, seconds=seconds, now=now)
            return Outcome.DELIVERED
        if answer.pause_s is not None:
            self.outbox.pause(now + answer.pause_s)
        if answer.may_succeed_later and attempt < self.policy.attempts:
            at = now + max(self.policy.wait_s(attempt), answer.pause_s or 0.0)
            self.outbox.retry(alert, entry, answer.detail, seconds=seconds, at=at)
            return Outcome.RETRY
        self.outbox.give_up(alert, entry, answer.detail, seconds=seconds, now=now)
        return Outcome.DEAD
