"""Fills the tables of an operational database (PostgreSQL) from landing files, as a gym's own applications would."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_TABLES = """
    CREATE TABLE IF NOT EXISTS registered_users (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        user_id BIGINT,
        device_id TEXT,
        mac_address TEXT,
        registration_timestamp TIMESTAMPTZ NOT NULL
    );
    CREATE TABLE IF NOT EXISTS device_assignments (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        user_id BIGINT,
        device_id TEXT,
        mac_address TEXT,
        assigned_at TIMESTAMPTZ NOT NULL
    );
    CREATE TABLE IF NOT EXISTS gym_visits (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        mac_address TEXT,
        gym TEXT,
        login TIMESTAMPTZ,
        logout TIMESTAMPTZ,
        UNIQUE NULLS NOT DISTINCT (mac_address, gym, login)
    );
    CREATE INDEX IF NOT EXISTS gym_visits_login ON gym_visits (login);
"""
_IS_KNOWN = "SELECT FROM registered_users WHERE user_id = %(user)s"
_IS_THERE = """
    SELECT FROM (
        SELECT user_id, device_id, mac_address, registration_timestamp AS time FROM registered_users
        UNION ALL SELECT user_id, device_id, mac_address, assigned_at FROM device_assignments
    ) AS kept
    WHERE (user_id, device_id, mac_address, time)
        IS NOT DISTINCT FROM (%(user)s::bigint, %(device)s::text, %(mac)s::text, %(time)s::timestamptz)"""
_REGISTER = """
    INSERT INTO registered_users (user_id, device_id, mac_address, registration_timestamp)
    VALUES (%(user)s, %(device)s, %(mac)s, %(time)s)"""
_ASSIGN = """
    INSERT INTO device_assignments (user_id, device_id, mac_address, assigned_at)
    VALUES (%(user)s, %(device)s, %(mac)s, %(time)s)"""
# A line that comes again once the member has left says when; the latest counts.
_VISIT = """
    INSERT INTO gym_visits AS visit (mac_address, gym, login, logout) VALUES (%s, %s, %s, %s)
    ON CONFLICT (mac_address, gym, login) DO UPDATE SET logout = greatest(visit.logout, excluded.logout)"""
_SECONDS_UNTIL, _MILLISECONDS_UNTIL = 10**11, 10**14


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many lines became rows, and those of which a typed table cannot have a row."""

    rows: int
    rejected: tuple[str, ...]


def load(conninfo: str, landing: Path) -> Loaded:
    """Bring the lines of a landing folder into the tables registered_users, device_assignments and gym_visits.

    Tables that are missing are made. The first line about a member is a registration, later ones are assignments of
    devices; a line that is already there changes nothing. All or nothing is loaded; psycopg.Error if the database
    refuses.
    """
    rows, rejected = 0, []
    with psycopg.connect(conninfo) as connection:
        connection.execute(_TABLES)
        for feed, store in (("registered_users", _register), ("gym_logins", _visit)):
            for line in _lines(landing / feed):
                try:
                    store(connection, line)
                except (ValueError, InvalidOperation):
                    rejected.append(",".join(line.values()))
                else:
                    rows += 1
    return Loaded(rows, tuple(rejected))


def _lines(folder: Path) -> Iterator[Mapping[str, str]]:
    for file in sorted(folder.glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as opened:
            yield from csv.DictReader(opened)


def _register(connection: psycopg.Connection, line: Mapping[str, str]) -> None:
    row = {
        "user": int(line["user_id"]) if line["user_id"] else None,
        "device": line["device_id"] or None,
        "mac": line["mac_address"] or None,
        "time": _instant(line["registration_timestamp"]),
    }
    if connection.execute(_IS_THERE, row).fetchone() is not None:
        return
    is_known = connection.execute(_IS_KNOWN, row).fetchone() is not None
    connection.execute(_ASSIGN if is_known else _REGISTER, row)


def _visit(connection: psycopg.Connection, line: Mapping[str, str]) -> None:
    login, logout = (_instant(line[name]) if line[name] else None for name in ("login", "logout"))
    connection.execute(_VISIT, (line["mac_address"] or None, line["gym"] or None, login, logout))


def _instant(text: str) -> datetime:
    """Epoch seconds, milliseconds or microseconds, or ISO 8601 with offset; ValueError for anything else."""
    if not text[:1].isdigit() or "-" in text:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise ValueError(f"{text} has no offset")
        return time
    epoch = Decimal(text)
    scale = 1 if epoch < _SECONDS_UNTIL else 1_000 if epoch < _MILLISECONDS_UNTIL else 1_000_000
    return datetime.fromtimestamp(float(epoch / scale), UTC)
