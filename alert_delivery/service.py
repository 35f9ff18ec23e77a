"""Takes alerts in and sends them, in turns, until it is stopped."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_delivery.dead_letter_topic import DeadLetterTopicError

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_delivery.dead_letter_topic import DeadLetterTopic
    from alert_delivery.outbox import Outbox
    from alert_delivery.sending import Sender
    from alert_delivery.taking import Taker

_WAIT_SECONDS = 0.1
_TIDY_SECONDS = 10.0
# So many are sent before the topic is looked at again.
_IN_A_ROW = 20


@dataclass(slots=True)
class Service:
    """One process at a time on an outbox."""

    taker: Taker
    sender: Sender
    outbox: Outbox
    dead_letter_topic: DeadLetterTopic | None = None
    keep_payloads_s: float = 24 * 3600.0
    clock: Callable[[], float] = time.time
    on_warning: Callable[[str], None] = lambda _: None

    def run(self, *, until_end: bool = False, is_stopped: Callable[[], bool] = lambda: False) -> None:
        """Until it is stopped; or until all is taken that is in the topic now, and nothing in the outbox waits."""
        tidied_at = -_TIDY_SECONDS
        while not is_stopped():
            self.turn()
            is_done = until_end and self.taker.is_at_end and not self.outbox.pending()
            if is_done or time.monotonic() - tidied_at >= _TIDY_SECONDS:
                self.tidy()
                tidied_at = time.monotonic()
            if is_done:
                return

    def turn(self) -> None:
        """Take in what is there, or comes within a moment if nothing is due, and send what is due."""
        self.taker.take(_WAIT_SECONDS if self.outbox.due(self.clock()) is None else 0.0)
        for _ in range(_IN_A_ROW):
            if not self.sender.send_one():
                return

    def tidy(self) -> None:
        """Show dead letters to others, and forget the payloads of alerts that ended long enough ago."""
        if self.dead_letter_topic is not None:
            try:
                self.dead_letter_topic.publish()
            except DeadLetterTopicError as error:
                self.on_warning(str(error))
        self.outbox.forget_payloads(self.clock() - self.keep_payloads_s)
