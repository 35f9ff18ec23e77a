"""What is to be delivered, what was, and what could not be: one SQLite file."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from alert_delivery.outbox_file import OutboxError, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from alert_delivery.alert import Alert


class Outcome(StrEnum):
    """What became of an attempt."""

    STARTED = "STARTED"  # and nothing was heard of it: the process ended meanwhile
    DELIVERED = "DELIVERED"
    RETRY = "RETRY"
    DEAD = "DEAD"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class DueAlert:
    """An alert that is to be sent now, after so many attempts; its age counts from `fresh_since`, epoch seconds."""

    alert_id: str
    body: bytes
    fresh_since: float
    attempts: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One attempt; `detail` is the HTTP status or the error."""

    alert_id: str
    attempt: int
    started_at: float
    seconds: float | None
    outcome: Outcome
    detail: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up; `source` is `topic/partition/offset`, `alert_id` None if it is no alert."""

    number: int
    alert_id: str | None
    body: bytes | None
    reason: str
    died_at: float
    source: str


class Outbox:
    """Each change is on disk when its method returns; several processes may look at the file at once."""

    def __init__(self, file: Path, *, make: bool = True) -> None:
        """Open the file, or make it, readable by its owner only. OutboxError if it is not there or not usable."""
        if not make and not file.exists():
            raise OutboxError(f"There is no outbox {file}", remedy="Name the one of 'fitness-alerts deliver'.")
        self._db = opened(file)

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def changes(self) -> Iterator[None]:
        """All changes of the block become lasting together, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def take(self, alert: Alert, source: str, *, fresh_since: float, now: float) -> bool:
        """Whether it is new; an alert of this id that is known, in whatever state, stays as it is."""
        added = self._db.execute(
            "INSERT INTO alerts (alert_id, payload, source, fresh_since, state, next_attempt_at)"
            " VALUES (?, ?, ?, ?, 'PENDING', ?) ON CONFLICT DO NOTHING",
            (alert.alert_id, alert.body, source, fresh_since, now),
        )
        return added.rowcount == 1

    def due(self, now: float) -> DueAlert | None:
        """The alert that has waited longest; None if none is due, or the receiver asked for a pause."""
        found = self._db.execute(
            "SELECT alert_id, payload, fresh_since, attempts FROM alerts WHERE state = 'PENDING'"
            " AND next_attempt_at <= ?1 AND NOT EXISTS (SELECT 1 FROM pause WHERE until > ?1)"
            " ORDER BY next_attempt_at, fresh_since, alert_id LIMIT 1",
            (now,),
        ).fetchone()
        return DueAlert(*found) if found else None

    def pending(self) -> int:
        """Alerts that are to be sent, now or later."""
        return int(self._db.execute("SELECT count(*) FROM alerts WHERE state = 'PENDING'").fetchone()[0])

    def start(self, alert: DueAlert, now: float) -> int:
        """Note an attempt before it is made, so that one during which the process dies counts; its place in the log."""
        with self.changes():
            attempt = alert.attempts + 1
            self._db.execute("UPDATE alerts SET attempts = ? WHERE alert_id = ?", (attempt, alert.alert_id))
            return self._log(LogEntry(alert.alert_id, attempt, now, None, Outcome.STARTED, None))

    def retry(self, alert: DueAlert, entry: int, detail: str, *, seconds: float, at: float) -> None:
        """It failed, and is tried again at that time."""
        with self.changes():
            self._conclude(entry, Outcome.RETRY, detail, seconds)
            self._db.execute("UPDATE alerts SET next_attempt_at = ? WHERE alert_id = ?", (at, alert.alert_id))

    def delivered(self, alert: DueAlert, entry: int, detail: str, *, seconds: float, now: float) -> None:
        """The receiver has it."""
        with self.changes():
            self._conclude(entry, Outcome.DELIVERED, detail, seconds)
            self._end(alert, Outcome.DELIVERED, now)

    def expired(self, alert: DueAlert, detail: str, now: float) -> None:
        """It is too old to be sent."""
        with self.changes():
            self._log(LogEntry(alert.alert_id, alert.attempts, now, 0.0, Outcome.EXPIRED, detail))
            self._end(alert, Outcome.EXPIRED, now)

    def give_up(self, alert: DueAlert, entry: int, reason: str, *, seconds: float, now: float) -> None:
        """It becomes a dead letter."""
        with self.changes():
            self._conclude(entry, Outcome.DEAD, reason, seconds)
            self._db.execute(
                "INSERT INTO dead_letters (alert_id, payload, reason, died_at, source)"
                " SELECT alert_id, payload, ?, ?, source FROM alerts WHERE alert_id = ?",
                (reason, now, alert.alert_id),
            )
            self._end(alert, Outcome.DEAD, now)
            self._db.execute("UPDATE alerts SET payload = NULL WHERE alert_id = ?", (alert.alert_id,))

    def pause(self, until: float) -> None:
        """Send nothing before that time."""
        self._db.execute(
            "INSERT INTO pause VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET until = max(until, ?1)", (until,)
        )

    def refuse(self, body: bytes | None, source: str, reason: str, now: float) -> None:
        """A message that is no alert becomes a dead letter, once."""
        self._db.execute(
            "INSERT INTO dead_letters (payload, reason, died_at, source) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (body, reason, now, source),
        )

    def forget_payloads(self, ended_before: float) -> None:
        """Of delivered and expired alerts nothing stays but their ids and attempts."""
        self._db.execute(
            "UPDATE alerts SET payload = NULL WHERE payload IS NOT NULL AND state IN ('DELIVERED', 'EXPIRED')"
            " AND ended_at <= ?",
            (ended_before,),
        )

    def log(self) -> Iterator[LogEntry]:
        """All attempts, oldest first."""
        rows = self._db.execute(
            "SELECT alert_id, attempt, started_at, seconds, outcome, detail FROM delivery_log ORDER BY id"
        )
        for alert_id, attempt, started_at, seconds, outcome, detail in rows:
            yield LogEntry(alert_id, attempt, started_at, seconds, Outcome(outcome), detail)

    def dead_letters(self, *, unpublished: bool = False) -> list[DeadLetter]:
        """Oldest first; or only those that no dead-letter topic has yet."""
        rows = self._db.execute(
            "SELECT id, alert_id, payload, reason, died_at, source FROM dead_letters"
            " WHERE NOT (? AND is_published) ORDER BY id",
            (unpublished,),
        )
        return [DeadLetter(*row) for row in rows]

    def published(self, letters: list[DeadLetter]) -> None:
        """A dead-letter topic has them."""
        numbers = [(letter.number,) for letter in letters]
        with self.changes():
            self._db.executemany("UPDATE dead_letters SET is_published = 1 WHERE id = ?", numbers)

    def requeue(self, now: float) -> int:
        """Try the alerts among the dead letters again, as if they had just happened; how many there were."""
        with self.changes():
            self._db.execute(
                "UPDATE alerts SET state = 'PENDING', attempts = 0, next_attempt_at = ?1, fresh_since = ?1,"
                " ended_at = NULL,"
                " payload = (SELECT dead.payload FROM dead_letters AS dead WHERE dead.alert_id = alerts.alert_id)"
                " WHERE alert_id IN (SELECT dead.alert_id FROM dead_letters AS dead)",
                (now,),
            )
            return self._db.execute("DELETE FROM dead_letters WHERE alert_id IS NOT NULL").rowcount

    def delete_dead_letters(self) -> int:
        """How many there were."""
        return self._db.execute("DELETE FROM dead_letters").rowcount

    def _log(self, entry: LogEntry) -> int:
        added = self._db.execute(
            "INSERT INTO delivery_log (alert_id, attempt, started_at, seconds, outcome, detail)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (entry.alert_id, entry.attempt, entry.started_at, entry.seconds, entry.outcome, entry.detail),
        )
        return added.lastrowid or 0

    def _conclude(self, entry: int, outcome: Outcome, detail: str, seconds: float) -> None:
        self._db.execute(
            "UPDATE delivery_log SET outcome = ?, detail = ?, seconds = ? WHERE id = ?",
            (outcome, detail, seconds, entry),
        )

    def _end(self, alert: DueAlert, state: Outcome, now: float) -> None:
        self._db.execute("UPDATE alerts SET state = ?, ended_at = ? WHERE alert_id = ?", (state, now, alert.alert_id))
