"""Collects definitions while source files load; decorators find it through a context variable."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.api.definitions import Dataset, EventHook, Expectation, Flow
    from dlt_local.source_location import SourceLocation

_active: ContextVar[Registry | None] = ContextVar("dlt_local_registry", default=None)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A use of the API that still works and should be replaced."""

    what: str
    instead: str
    location: SourceLocation

    def __str__(self) -> str:
        return f"{self.location}: {self.what} is deprecated. Use {self.instead}."


class Registry:
    """All data sets, flows and hooks of one pipeline, each name once."""

    def __init__(self) -> None:
        self.datasets: dict[str, Dataset] = {}
        self.flows: dict[tuple[str, str], Flow] = {}
        self.hooks: dict[str, EventHook] = {}
        self.deprecations: list[Deprecation] = []
        # Rules stacked on functions that no table or view has taken yet, by the identity of the function.
        self.unattached: dict[int, tuple[Expectation, ...]] = {}

    def add_dataset(self, dataset: Dataset) -> None:
        """Record a data set; a second one of the same name is an error that names both places."""
        known = self.datasets.get(dataset.name.lower())
        if known is not None:
            message = f"Data set '{dataset.name}' is declared twice; the first declaration is at {known.location}"
            raise DefinitionError(message, where=dataset.location, remedy="Rename or remove one of them.")
        self.datasets[dataset.name.lower()] = dataset

    def add_hook(self, hook: EventHook) -> None:
        """Record an event hook; a second one of the same name is an error."""
        known = self.hooks.get(hook.name)
        if known is not None:
            message = f"Event hook '{hook.name}' is declared twice; the first is at {known.location}"
            raise DefinitionError(message, where=hook.location, remedy="Rename or remove one of them.")
        self.hooks[hook.name] = hook

    def deprecated(self, what: str, instead: str, where: SourceLocation) -> None:
        """Note a use that should be replaced; the update reports it once."""
        found = Deprecation(what, instead, where)
        if found not in self.deprecations:
            self.deprecations.append(found)

    def add_flow(self, flow: Flow) -> None:
        """Record a flow; flow names are unique per target because they identify checkpoints."""
        key = (flow.target.lower(), flow.name.lower())
        known = self.flows.get(key)
        if known is not None:
            message = f"Flow '{flow.name}' into '{flow.target}' is declared twice; the first is at {known.location}"
            raise DefinitionError(message, where=flow.location, remedy="Give each flow of a target its own name.")
        self.flows[key] = flow

    def add_expectations(self, dataset_name: str, expectations: tuple[Expectation, ...]) -> None:
        """Attach rules to a recorded data set; a rule name occurs once per data set."""
        dataset = self.datasets[dataset_name.lower()]
        combined = unique_expectations(dataset.name, (*expectations, *dataset.expectations))
        self.datasets[dataset_name.lower()] = replace(dataset, expectations=combined)

    def refuse_unattached(self) -> None:
        """Every rule must have found its table or view once all files are loaded."""
        for rules in self.unattached.values():
            message = f"Expectation '{rules[0].name}' belongs to no table or view"
            remedy = "Decorate a table or view; rules of an append flow go to its target's create_streaming_table."
            raise DefinitionError(message, where=rules[0].location, remedy=remedy)


def unique_expectations(dataset: str, expectations: tuple[Expectation, ...]) -> tuple[Expectation, ...]:
    """The same rules; an error if one name occurs twice."""
    seen: set[str] = set()
    for rule in expectations:
        if rule.name in seen:
            message = f"Data set '{dataset}' has two expectations named '{rule.name}'"
            raise DefinitionError(message, where=rule.location, remedy="Give each rule of a data set its own name.")
        seen.add(rule.name)
    return expectations


def active_registry(called: str) -> Registry:
    """The registry of the load in progress; an error outside of one."""
    registry = _active.get()
    if registry is None:
        message = f"'{called}' was called outside a pipeline"
        raise DefinitionError(message, remedy="Run the file with `dlt-local run`, not with python.")
    return registry


@contextmanager
def recording(registry: Registry) -> Iterator[Registry]:
    """Make `registry` the one that decorators write to."""
    token = _active.set(registry)
    try:
        yield registry
    finally:
        _active.reset(token)
