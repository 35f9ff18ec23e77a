"""The six `expect*` decorators: rules about single rows, of which only TRUE passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from dlt_local.api import arguments
from dlt_local.api.definitions import Action, Expectation, Predicate, QueryFunction
from dlt_local.api.registry import active_registry
from dlt_local.errors import DefinitionError
from dlt_local.source_location import SourceLocation, caller_location

Decorated = TypeVar("Decorated")


@dataclass(frozen=True)
class DatasetHandle:
    """What `@table` and its kin return: accepts further expectations, cannot be called for a DataFrame."""

    name: str
    __name__: str

    def __call__(self) -> Any:
        """Refuse: a declared data set is a definition."""
        message = f"Data set '{self.name}' was called as a function"
        remedy = f'Read it with spark.read.table("{self.name}"), or move shared logic into an undecorated function.'
        raise DefinitionError(message, where=caller_location(), remedy=remedy)


@dataclass(frozen=True)
class QueryWithExpectations:
    """A query function that met `expect*` before its `@table`."""

    function: QueryFunction
    expectations: tuple[Expectation, ...]

    @property
    def __name__(self) -> str:
        return self.function.__name__

    def __call__(self) -> Any:
        """Run the undecorated query."""
        return self.function()


def split_expectations(function: QueryFunction, called: str) -> tuple[QueryFunction, tuple[Expectation, ...]]:
    """The plain query function and the rules that were stacked on it, which now belong to the caller."""
    if isinstance(function, QueryWithExpectations):
        active_registry(called).unattached.pop(id(function), None)
        return function.function, function.expectations
    return function, ()


def rules_of(rules: object, action: Action, argument: str, where: SourceLocation) -> tuple[Expectation, ...]:
    """Expectations from a dict of name to predicate."""
    if rules is None:
        return ()
    if not isinstance(rules, Mapping):
        raise DefinitionError(f"'{argument}' must be a dict of name to predicate, got {rules!r}", where=where)
    return tuple(_rule(name, predicate, action, where) for name, predicate in rules.items())


def _rule(name: object, predicate: object, action: Action, where: SourceLocation) -> Expectation:
    if not isinstance(name, str) or not name.strip():
        raise DefinitionError(f"An expectation needs a name, got {name!r}", where=where)
    return Expectation(name, arguments.predicate(predicate, f"expectation '{name}'", where), action, where)


def _attach(expectations: tuple[Expectation, ...], called: str) -> Callable[[Decorated], Decorated]:
    def decorate(target: Any) -> Any:
        if isinstance(target, DatasetHandle):
            active_registry(called).add_expectations(target.name, expectations)
            return target
        if not callable(target):
            message = f"'{called}' decorates a function or a table, got {target!r}"
            raise DefinitionError(message, where=caller_location())
        function, inner = split_expectations(target, called)
        query = QueryWithExpectations(function, (*expectations, *inner))
        active_registry(called).unattached[id(query)] = query.expectations
        return query

    return decorate


def expect(name: str, inv: Predicate) -> Callable[[Decorated], Decorated]:
    """Keep rows that violate `inv`, and count them."""
    return _attach((_rule(name, inv, Action.WARN, caller_location()),), "expect")


def expect_or_drop(name: str, inv: Predicate) -> Callable[[Decorated], Decorated]:
    """Drop rows that violate `inv` before the write, and count them."""
    return _attach((_rule(name, inv, Action.DROP, caller_location()),), "expect_or_drop")


def expect_or_fail(name: str, inv: Predicate) -> Callable[[Decorated], Decorated]:
    """Fail the flow at the first row that violates `inv`; nothing of the batch is written."""
    return _attach((_rule(name, inv, Action.FAIL, caller_location()),), "expect_or_fail")


def expect_all(expectations: Mapping[str, Predicate]) -> Callable[[Decorated], Decorated]:
    """`expect` for each entry of a dict of name to predicate."""
    return _attach(rules_of(expectations, Action.WARN, "expect_all", caller_location()), "expect_all")


def expect_all_or_drop(expectations: Mapping[str, Predicate]) -> Callable[[Decorated], Decorated]:
    """`expect_or_drop` for each entry of a dict of name to predicate."""
    return _attach(rules_of(expectations, Action.DROP, "expect_all_or_drop", caller_location()), "expect_all_or_drop")


def expect_all_or_fail(expectations: Mapping[str, Predicate]) -> Callable[[Decorated], Decorated]:
    """`expect_or_fail` for each entry of a dict of name to predicate."""
    return _attach(rules_of(expectations, Action.FAIL, "expect_all_or_fail", caller_location()), "expect_all_or_fail")
