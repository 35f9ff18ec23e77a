"""The SQLite file of an outbox."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from pathlib import Path

_BUSY_SECONDS = 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS alerts (
    alert_id TEXT PRIMARY KEY,
    payload BLOB,
    source TEXT NOT NULL,
    fresh_since REAL NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at REAL NOT NULL,
    ended_at REAL
);
CREATE INDEX IF NOT EXISTS alerts_due ON alerts (next_attempt_at) WHERE state = 'PENDING';
CREATE TABLE IF NOT EXISTS delivery_log (
    id INTEGER PRIMARY KEY,
    alert_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started_at REAL NOT NULL,
    seconds REAL,
    outcome TEXT NOT NULL,
    detail TEXT
);
CREATE TABLE IF NOT EXISTS dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id TEXT,
    payload BLOB,
    reason TEXT NOT NULL,
    died_at REAL NOT NULL,
    source TEXT NOT NULL UNIQUE,
    is_published INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS pause (id INTEGER PRIMARY KEY CHECK (id = 1), until REAL NOT NULL);
"""


class OutboxError(PipelineError):
    """The outbox cannot be used."""


def opened(file: Path) -> sqlite3.Connection:
    """A connection to the file; it is made, for its owner only, if it is not there. OutboxError if that fails."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten.
        connection.execute("PRAGMA secure_delete = ON")
        connection.executescript(_SCHEMA)
    except (OSError, sqlite3.DatabaseError) as error:
        raise OutboxError(f"The outbox {file} cannot be used: {error}") from error
    return connection
