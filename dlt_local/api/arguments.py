"""Checks of the arguments that pipeline authors pass; every failure names the file and line of the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column
from pyspark.sql.types import StructType

from dlt_local.errors import DefinitionError, UnsupportedError

if TYPE_CHECKING:
    from dlt_local.api.definitions import Predicate
    from dlt_local.source_location import SourceLocation

_ROW_FILTER = re.compile(r"\s*ROW\s+FILTER\s+\S+\s+ON\s*\([^()]*\)\s*", re.IGNORECASE)
_NAME_PART = re.compile(r"`[^`]+`|[^`.\s]+")
_MAX_NAME_PARTS = 3


def dataset_name(name: object, where: SourceLocation, *, is_view: bool = False) -> str:
    """A data-set name of one to three parts (one for a view), back-quotes removed."""
    if not isinstance(name, str) or not name.strip():
        raise DefinitionError(f"A data set needs a name, got {name!r}", where=where)
    parts = _NAME_PART.findall(name)
    if ".".join(parts) != name or len(parts) > _MAX_NAME_PARTS:
        raise DefinitionError(f"'{name}' is not a name of one to three parts", where=where)
    if is_view and len(parts) > 1:
        raise DefinitionError(f"View '{name}' may not be qualified", where=where, remedy="Use a bare name for a view.")
    return ".".join(part.strip("`") for part in parts)


def query_function(function: object, decorator: str, where: SourceLocation) -> Callable[[], Any]:
    """A callable without required arguments."""
    if not callable(function):
        message = f"The first positional argument of '{decorator}' must be a function, got {function!r}"
        raise DefinitionError(message, where=where, remedy="Pass other arguments by keyword.")
    return function


def name_or(name: str | None, function: object) -> str:
    """The given name, else the function's own; empty if it has none."""
    return str(getattr(function, "__name__", "")) if name is None else name


def takes_one_argument(function: Callable[..., Any], decorator: str, where: SourceLocation) -> None:
    """The function can be called with one positional argument."""
    try:
        signature(function).bind(None)
    except TypeError as error:
        message = f"The function of '{decorator}' must take one argument"
        raise DefinitionError(message, where=where) from error


def text(value: object, argument: str, where: SourceLocation) -> str | None:
    """A string or None."""
    if value is None or isinstance(value, str):
        return value
    raise DefinitionError(f"'{argument}' must be a string, got {value!r}", where=where)


def flag(value: object, argument: str, where: SourceLocation) -> bool:
    """True or False."""
    if isinstance(value, bool):
        return value
    raise DefinitionError(f"'{argument}' must be True or False, got {value!r}", where=where)


def text_map(value: object, argument: str, where: SourceLocation) -> dict[str, str]:
    """A mapping of strings to strings, booleans and numbers turned into text."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise DefinitionError(f"'{argument}' must be a dict, got {value!r}", where=where)
    return {str(key): str(item).lower() if isinstance(item, bool) else str(item) for key, item in value.items()}


def column_names(value: object, argument: str, where: SourceLocation) -> tuple[str, ...] | None:
    """Unqualified column names from a list of strings or Columns, None if not given."""
    if value is None:
        return None
    if isinstance(value, str | Column) or not isinstance(value, Iterable):
        raise DefinitionError(f"'{argument}' must be a list of column names, got {value!r}", where=where)
    names = tuple(_column_name(item, argument, where) for item in value)
    if len({name.lower() for name in names}) != len(names):
        raise DefinitionError(f"'{argument}' names a column twice: {', '.join(names)}", where=where)
    return names


def column_name(value: object, argument: str, where: SourceLocation) -> str | None:
    """One unqualified column name from a string or a Column, None if not given."""
    return None if value is None else _column_name(value, argument, where)


def _column_name(item: object, argument: str, where: SourceLocation) -> str:
    name = _text_of_column(item) if isinstance(item, Column) else item
    if not isinstance(name, str) or not name or "." in name:
        message = f"'{argument}' takes unqualified column names, got {item!r}"
        raise DefinitionError(message, where=where)
    return name.strip("`")


def _text_of_column(column: Any) -> str:
    return str(column._jc.toString())


def table_schema(value: object, where: SourceLocation) -> StructType | str | None:
    """A StructType, a DDL string or None."""
    if value is None or isinstance(value, StructType | str):
        return value
    raise DefinitionError(f"'schema' must be a StructType or a DDL string, got {value!r}", where=where)


def predicate(value: object, argument: str, where: SourceLocation) -> str | Column:
    """SQL text or a Column."""
    if isinstance(value, Column) or (isinstance(value, str) and value.strip()):
        return value
    raise DefinitionError(f"'{argument}' must be SQL text or a Column, got {value!r}", where=where)


def optional_predicate(value: object, argument: str, where: SourceLocation) -> Predicate | None:
    """SQL text, a Column or None."""
    return None if value is None else predicate(value, argument, where)


def row_filter(value: object, where: SourceLocation) -> str | None:
    """`ROW FILTER function ON (columns)` or None."""
    clause = text(value, "row_filter", where)
    if clause is not None and not _ROW_FILTER.fullmatch(clause):
        message = f"'row_filter' must read 'ROW FILTER function ON (columns)', got {clause!r}"
        raise DefinitionError(message, where=where)
    return clause


def time_to_live(value: object, where: SourceLocation) -> Mapping[str, Any] | None:
    """`{"timestamp_column": name, "expire_in_days": days}` or None."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"timestamp_column", "expire_in_days"}:
        message = "'auto_ttl' must be a dict of 'timestamp_column' and 'expire_in_days'"
        raise DefinitionError(message, where=where)
    return dict(value)


def exclusive(where: SourceLocation, /, **arguments: object) -> None:
    """At most one of the arguments may be given."""
    given = [name for name, value in arguments.items() if value]
    if len(given) > 1:
        raise DefinitionError(f"'{given[0]}' and '{given[1]}' exclude each other", where=where)


def refuse(where: SourceLocation, called: str, /, **arguments: object) -> None:
    """Arguments that Databricks has and this runtime does not serve."""
    for name, value in arguments.items():
        if value is not None and value is not False:
            message = f"'{called}({name}=...)' is not supported by dlt_local"
            raise UnsupportedError(message, where=where, remedy="`dlt-local support` lists what is.")
