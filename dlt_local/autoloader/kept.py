"""Where flows keep what they know about their streams, and what an update is about to forget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.api.definitions import Kind
from dlt_local.autoloader.schemas import Place
from dlt_local.stores.state import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlt_local.api.definitions import Dataset, Flow
    from dlt_local.autoloader.schemas import Inferred
    from dlt_local.graph.model import Graph
    from dlt_local.graph.names import Definitions
    from dlt_local.stores.state import StateFolder


@dataclass(frozen=True, slots=True)
class KeptStreams:
    """The streams of a pipeline in a state folder, as an update sees them.

    Tables that the update refreshes fully are treated as if they had kept nothing. Planning stores the schemas that it
    infers with `stores_inferred` only; otherwise each flow infers again when it runs first.
    """

    state: StateFolder | None
    full_refresh: tuple[str, ...] = ()
    full_refresh_all: bool = False
    stores_inferred: bool = False
    _inferred: list[tuple[str, Inferred]] = field(default_factory=list)

    def planning(self, definitions: Definitions, declared_in: Flow) -> Place:
        """For the streams in the function of one flow or view."""
        target = definitions.target_of(declared_in)
        return Place(
            declared_in.name,
            self._sharing(definitions, declared_in),
            note=lambda inferred: self._inferred.append((target, inferred)),
        )

    def running(self, definitions: Definitions, declared_in: Flow, table: str, flow: str) -> Place:
        """For the streams in the function of `declared_in`, while `flow` into `table` runs."""
        own = self._folder(table, flow)
        sharing = tuple(folder for folder in self._sharing(definitions, declared_in) if folder != own)
        checkpoint = self.state.place(table).checkpoint(flow) if self.state else None
        return Place(declared_in.name, (own, *sharing) if own else (), own, checkpoint)

    def keep_inferred(self, graph: Graph) -> None:
        """Store what planning inferred for each flow that reads it."""
        for target, inferred in self._inferred if self.stores_inferred else ():
            for table, flow in _readers(graph, target, inferred.declared_in):
                folder = self._folder(table, flow)
                if folder is not None:
                    inferred.keep(folder, is_forgotten=self._forgets(table, graph.definitions))

    def table_of(self, graph: Graph, flow: str, evaluated: Flow) -> str:
        """The table that a flow fills, from the flow's name and the first function that it evaluates."""
        target = graph.definitions.target_of(evaluated)
        if graph.datasets[target].is_run:
            return target
        return next(table for table, name in _readers(graph, target, flow) if name == flow)

    def _sharing(self, definitions: Definitions, declared_in: Flow) -> tuple[Path, ...]:
        """A view's streams may be kept by any flow, a table's by its own flow only."""
        target = definitions.target_of(declared_in)
        is_view = definitions.datasets[target].kind is Kind.VIEW
        flows = [
            (table, flow.name)
            for table, dataset in definitions.datasets.items()
            if dataset.kind is not Kind.VIEW and not self._forgets(table, definitions)
            for flow in definitions.flows[table]
        ]
        chosen = flows if is_view else [place for place in flows if place == (target, declared_in.name)]
        folders = [self._folder(table, flow) for table, flow in chosen]
        return tuple(folder for folder in folders if folder is not None)

    def _folder(self, table: str, flow: str) -> Path | None:
        return self.state.place(table).path / METADATA / "autoloader" / flow if self.state else None

    def _forgets(self, table: str, definitions: Definitions) -> bool:
        if self.full_refresh_all:
            return _may_reset(definitions.datasets[table])
        return any(definitions.find(name) == table for name in self.full_refresh)


def _readers(graph: Graph, target: str, declared_in: str) -> Iterator[tuple[str, str]]:
    """The flows that run a stream of this declaration: its own, or those that read the view."""
    if graph.datasets[target].is_run:
        yield target, declared_in
        return
    for name, dataset in graph.datasets.items():
        for flow in dataset.flows if dataset.is_run else ():
            if _reaches(graph, flow.inputs, target):
                yield name, flow.name


def _reaches(graph: Graph, inputs: tuple[str, ...], view: str) -> bool:
    views = [name for name in inputs if graph.datasets[name].kind is Kind.VIEW]
    return view in views or any(_reaches(graph, graph.datasets[name].inputs, view) for name in views)


def _may_reset(dataset: Dataset) -> bool:
    return dataset.table_properties.get("pipelines.reset.allowed", "true").lower() != "false"
