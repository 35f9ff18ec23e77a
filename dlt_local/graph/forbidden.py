"""What a data-set function may not do, because the runtime evaluates functions several times: act, write, set."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from pyspark.sql.catalog import Catalog
from pyspark.sql.classic.dataframe import DataFrame
from pyspark.sql.conf import RuntimeConfig
from pyspark.sql.group import GroupedData
from pyspark.sql.udf import UDFRegistration

from dlt_local.errors import GraphError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACTIONS = (
    "checkpoint",
    "collect",
    "count",
    "first",
    "foreach",
    "foreachPartition",
    "head",
    "isEmpty",
    "localCheckpoint",
    "show",
    "tail",
    "take",
    "toArrow",
    "toLocalIterator",
    "toPandas",
)
_PROPERTIES = ("write", "writeStream")
_VIEWS = (
    "createGlobalTempView",
    "createOrReplaceGlobalTempView",
    "createOrReplaceTempView",
    "createTempView",
    "registerTempTable",
)
_OTHERS: tuple[tuple[type, str, tuple[str, ...]], ...] = (
    (DataFrame, "", ("writeTo", *_VIEWS)),
    (GroupedData, "", ("pivot",)),
    (RuntimeConfig, "conf.", ("set", "unset")),
    (
        Catalog,
        "catalog.",
        ("setCurrentCatalog", "setCurrentDatabase", "dropTempView", "dropGlobalTempView", "createTable"),
    ),
    (UDFRegistration, "udf.", ("register", "registerJavaFunction", "registerJavaUDAF")),
)
_noted: list[list[str]] = []


@contextmanager
def noted_actions() -> Iterator[list[str]]:
    """Collects the actions that run outside data-set functions, such as a `collect` of rules while a file loads."""
    names: list[str] = []
    _noted.append(names)
    try:
        yield names
    finally:
        _noted.remove(names)


def patches(is_evaluating: Callable[[], bool], may_act: Callable[[], bool]) -> list[tuple[type, str, Any]]:
    """Replacements of Spark's methods, as owner, name and value, that refuse while a function is evaluated.

    Those that only read its rows are left to a function that may.
    """

    def refuses_actions() -> bool:
        return is_evaluating() and not may_act()

    others = [(owner, name, f"{prefix}{name}") for owner, prefix, names in _OTHERS for name in names]
    return [
        *[(DataFrame, name, _action(name, getattr(DataFrame, name), refuses_actions)) for name in ACTIONS],
        *[(DataFrame, name, _property(name, is_evaluating)) for name in _PROPERTIES],
        *[(owner, name, _refused(title, getattr(owner, name), is_evaluating)) for owner, name, title in others],
    ]


def _action(name: str, original: Callable[..., Any], is_evaluating: Callable[[], bool]) -> Callable[..., Any]:
    refused = _refused(name, original, is_evaluating)

    def action(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_evaluating():
            for noted in _noted:
                noted.append(name)
        return refused(self, *args, **kwargs)

    return action


def _refused(title: str, original: Callable[..., Any], is_evaluating: Callable[[], bool]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if is_evaluating():
            _refuse(title)
        return original(self, *args, **kwargs)

    return call


def _property(name: str, is_evaluating: Callable[[], bool]) -> property:
    original = getattr(DataFrame, name)

    def read(self: Any) -> Any:
        if is_evaluating():
            _refuse(name)
        return original.fget(self)

    return property(read)


def _refuse(action: str) -> NoReturn:
    message = f"'{action}' is not allowed inside a data-set function"
    raise GraphError(message, where=caller_location(), remedy="Return a DataFrame; the pipeline runs it.")
