"""How values are written: SQL expressions that turn a column of any type into text or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

_NESTED = frozenset({"list", "array", "struct", "map"})
_MAY_NEED_QUOTES = _NESTED | {"varchar", "blob"}
_WHOLE_SECONDS = "%Y-%m-%dT%H:%M:%S"
_MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%f"


def quoted(name: str) -> str:
    """A column name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def as_csv_field(value: str, kind: DuckDBPyType) -> str:
    """A value as one field of RFC 4180, in quotes only where it needs them."""
    text = as_text(value, kind)
    if kind.id not in _MAY_NEED_QUOTES:
        return f"coalesce({text}, '')"
    needed = f"""({text}) = '' OR regexp_matches({text}, '[",\\r\\n]')"""
    in_quotes = f"""'"' || replace({text}, '"', '""') || '"'"""
    return f"coalesce(CASE WHEN {needed} THEN {in_quotes} ELSE {text} END, '')"


def as_text(value: str, kind: DuckDBPyType) -> str:
    """VARCHAR of a value: ISO 8601 times, shortest exact numbers, base64 for bytes, JSON for nested values."""
    match kind.id:
        case "timestamp with time zone":
            return _time(value, "Z")
        case "timestamp":
            return _time(value, "")
        case "blob":
            return f"to_base64({value})"
        case nested if nested in _NESTED:
            return f"CAST({as_json(value, kind)} AS VARCHAR)"
    return f"CAST({value} AS VARCHAR)"


def as_json(value: str, kind: DuckDBPyType) -> str:
    """JSON of a value; NULL stays NULL."""
    return f"to_json({_for_json(value, kind, depth=0)})"


def _for_json(value: str, kind: DuckDBPyType, *, depth: int) -> str:
    """A value whose parts `to_json` writes as `as_text` would, numbers and booleans as such."""
    item = f"item{depth}"
    match kind.id:
        case "timestamp with time zone" | "timestamp" | "blob":
            return as_text(value, kind)
        case "float" | "double":
            return _number(value)
        case "list" | "array":
            inner = _for_json(item, _children(kind)["child"], depth=depth + 1)
            return f"list_transform({value}, lambda {item}: {inner})"
        case "struct":
            return _struct(value, kind, depth=depth)
        case "map":
            return _map(value, kind, item, depth=depth)
    return value


def _time(value: str, zone: str) -> str:
    # epoch_us() gives UTC whatever the session's time zone is.
    moment = f"make_timestamp(epoch_us({value}))"
    return (
        f"CASE WHEN epoch_us({value}) % 1000000 = 0 THEN strftime({moment}, '{_WHOLE_SECONDS}{zone}') "
        f"ELSE strftime({moment}, '{_MICROSECONDS}{zone}') END"
    )


def _number(value: str) -> str:
    """JSON has no NaN and no infinity, so these become text; a FLOAT goes by its text, else it shows DOUBLE noise."""
    text = f"CAST({value} AS VARCHAR)"
    return f"CASE WHEN isfinite({value}) THEN CAST({text} AS JSON) ELSE to_json({text}) END"


def _struct(value: str, kind: DuckDBPyType, *, depth: int) -> str:
    fields = ", ".join(
        f"{quoted(name)} := {_for_json(f'{value}.{quoted(name)}', child, depth=depth)}"
        for name, child in _children(kind).items()
    )
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({fields}) END"


def _map(value: str, kind: DuckDBPyType, item: str, *, depth: int) -> str:
    children = _children(kind)
    key = as_text(f"{item}.key", children["key"])
    inner = _for_json(f"{item}.value", children["value"], depth=depth + 1)
    pairs = f"list_transform(map_entries({value}), lambda {item}: struct_pack(k := {key}, v := {inner}))"
    return f"map_from_entries({pairs})"


def _children(kind: DuckDBPyType) -> dict[str, DuckDBPyType]:
    """The types inside a nested type; DuckDB lists an array's size among them."""
    return {name: child for name, child in kind.children if not isinstance(child, (int, list))}
