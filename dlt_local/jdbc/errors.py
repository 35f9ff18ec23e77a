"""What a database refuses, as one line that names the database, the setting and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from py4j.java_gateway import is_instance_of
from pyspark.core.context import SparkContext

from dlt_local.errors import FlowError, PipelineError
from dlt_local.flows.java_errors import throwables
from dlt_local.source_location import location_of_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt_local.jdbc.options import Database

_NO_CONNECTION = "08"
_LOGIN_REFUSED = 18456
_UNKNOWN_DATABASE = 4060
_UNKNOWN_TABLE = 208
_GOING_DOWN = ("57P01", "57P02", "57P03")


class DriverMissingError(PipelineError):
    """Java has started without the driver that a read needs."""


class DatabaseError(FlowError):
    """A database does not answer, or refuses a read."""


def database_error(error: BaseException, databases: Iterable[Database]) -> DatabaseError | None:
    """What a JDBC driver says behind this error, about the databases that were read; None if none says anything."""
    known = list(dict.fromkeys(databases))
    refusal = _refusal(error) if known else None
    if refusal is None:
        return None
    state, code = str(refusal.getSQLState() or ""), int(refusal.getErrorCode())
    reason = next(line.strip() for line in str(refusal.getMessage() or refusal).splitlines() if line.strip())
    which = " or ".join(str(database) for database in known)
    found = DatabaseError(
        f"{which} cannot be used: {reason.removeprefix('ERROR: ').removeprefix('FATAL: ')}",
        where=location_of_error(error.__traceback__),
        remedy=_remedy(state, code, known[0]),
    )
    found.is_transient = state.startswith(_NO_CONNECTION) or state in _GOING_DOWN
    return found


def _refusal(error: BaseException) -> Any | None:
    """The deepest exception of a driver."""
    gateway = SparkContext._gateway
    found = [it for it in throwables(error) if is_instance_of(gateway, it, "java.sql.SQLException")]
    return found[-1] if found else None


def _remedy(state: str, code: int, database: Database) -> str | None:
    if state.startswith("28") or code == _LOGIN_REFUSED:
        return f"Check {database.user_setting} and its password."
    if state.startswith(_NO_CONNECTION):
        return f"Check {database.url_setting}, and whether the server runs and can be reached from here."
    if state == "3D000" or code == _UNKNOWN_DATABASE:
        return f"Check the name of the database in {database.url_setting}."
    if state in ("42P01", "3F000") or code == _UNKNOWN_TABLE:
        return "Check the name of the table, and of its schema."
    if state == "42501":
        return f"Let the user of {database.user_setting} SELECT from it."
    return "Try again when the server is back." if state in _GOING_DOWN else None
