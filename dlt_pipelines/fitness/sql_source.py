"""An operational database as a source: which of its tables are read, and how a read of it is configured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fitness.settings import configured, silver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fitness.settings import Settings

REGISTRATIONS = "sql_registrations_table"
ASSIGNMENTS = "sql_device_assignments_table"
VISITS = "sql_visits_table"
_TABLES_OF_FEEDS: Mapping[str, tuple[str, ...]] = {
    "registered_users": (REGISTRATIONS, ASSIGNMENTS),
    "gym_logins": (VISITS,),
}
# Of a table, with its schema and, where there are several, its catalog.
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*){0,2}")
_ROWS_AT_ONCE = "10000"


def sql_tables(source: Settings) -> dict[str, str]:
    """The configured tables by the names of their settings; ValueError if what is configured makes no source."""
    named = {setting: getattr(source, setting) for setting in (REGISTRATIONS, ASSIGNMENTS, VISITS)}
    tables = {setting: table for setting, table in named.items() if table}
    for setting, table in tables.items():
        if not _NAME.fullmatch(table):
            raise ValueError(f"fitness.{setting} is {table!r}; give the name of a table, such as public.members")
    if source.sql_url and not tables:
        keys = ", ".join(f"fitness.{setting}" for setting in named)
        raise ValueError(f"fitness.sql_url is set, but no table is; give at least one of {keys}")
    return tables


def password_secret(source: Settings) -> tuple[str, str] | None:
    """Scope and key of the password, None if the database asks for none; ValueError for one of them alone."""
    scope, key = source.sql_password_scope, source.sql_password_key
    if bool(scope) != bool(key):
        raise ValueError("fitness.sql_password_scope and fitness.sql_password_key name a secret only together")
    return (scope, key) if scope else None


def jdbc_options(source: Settings, table: str, password: str | None) -> dict[str, str]:
    """Options of a JDBC read of a table: rows come in portions, times without zone stay what a wall clock shows."""
    options = {
        "url": source.sql_url,
        "dbtable": table,
        "fetchsize": _ROWS_AT_ONCE,
        "preferTimestampNTZ": "true",
    }
    login = {"user": source.sql_user, "password": password}
    return options | {name: value for name, value in login.items() if value}


def has_sql_source(feed: str) -> bool:
    """Whether rows of the feed come from a database too."""
    return any(configured(setting) for setting in _TABLES_OF_FEEDS[feed])


def checked_table(feed: str) -> str:
    """Where the checked rows of a feed are read, from whatever source: its table, or a view that has all of them."""
    return f"{feed}_of_all_sources" if has_sql_source(feed) else silver(f"{feed}_checked")
