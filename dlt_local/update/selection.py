"""Which tables and flows of a graph a request means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import SelectionError, nearest

if TYPE_CHECKING:
    from dlt_local.graph.model import Graph, PlannedDataset
    from dlt_local.update.request import UpdateRequest

RESET_ALLOWED = "pipelines.reset.allowed"


@dataclass(frozen=True, slots=True)
class Selection:
    """Data sets to refresh, those to clear first, and `(data set, flow)` pairs that start from the beginning.

    `protected` are tables that a full refresh of everything leaves as they are.
    """

    refreshed: frozenset[str]
    cleared: tuple[str, ...]
    restarted: tuple[tuple[str, str], ...]
    protected: tuple[str, ...]


def selection(request: UpdateRequest, graph: Graph) -> Selection:
    """The request in terms of the graph; an unknown or protected name is a SelectionError."""
    run = [name for name, dataset in graph.datasets.items() if dataset.is_run]
    restarted = tuple(_flow(graph, name) for name in request.reset_checkpoint)
    if request.full_refresh_all:
        cleared = tuple(name for name in run if _may_reset(graph.datasets[name]))
        protected = tuple(name for name in run if name not in cleared)
        return Selection(frozenset(run), cleared, restarted, protected)
    cleared = tuple(_dataset(graph, name) for name in request.full_refresh)
    for name in cleared:
        if not _may_reset(graph.datasets[name]):
            message = f"Table '{name}' has {RESET_ALLOWED}=false and cannot be fully refreshed"
            raise SelectionError(message, where=graph.datasets[name].location)
    chosen = frozenset((*cleared, *(_dataset(graph, name) for name in request.refresh)))
    return Selection(chosen or frozenset(run), cleared, restarted, ())


def _dataset(graph: Graph, name: str) -> str:
    key = graph.definitions.find(name)
    if key is None or not graph.datasets[key].is_run:
        message = f"The pipeline has no table '{name}' to refresh"
        raise SelectionError(message, remedy=nearest(name, graph.definitions.spellings()))
    return key


def _flow(graph: Graph, name: str) -> tuple[str, str]:
    """A streaming flow by its name, qualified by the schema of its table if that is needed to tell it from others."""
    wanted = name.lower().replace("`", "")
    flows = {(key, flow.name): flow for key, dataset in graph.datasets.items() for flow in dataset.flows}
    found = [(key, flow) for key, flow in flows if wanted in _spellings(key, flow) and flows[key, flow].streaming]
    if len(found) == 1:
        return found[0]
    if found:
        tables = ", ".join(key for key, _ in found)
        raise SelectionError(f"Several tables have a flow '{name}': {tables}", remedy="Qualify it by its table.")
    message = f"The pipeline has no streaming flow '{name}' whose checkpoint could be reset"
    raise SelectionError(message, remedy=nearest(name, [flow for _, flow in flows]))


def _spellings(dataset: str, flow: str) -> set[str]:
    """`flow`, `schema.flow`, `catalog.schema.flow`, and the same with the table before the flow."""
    catalog_and_schema = dataset.split(".")[:-1]
    name = flow.lower().rsplit(".", 1)[-1]
    spellings = {flow.lower(), name}
    for parts in (catalog_and_schema, dataset.split(".")):
        spellings |= {".".join([*parts[start:], name]) for start in range(len(parts))}
    return spellings


def _may_reset(dataset: PlannedDataset) -> bool:
    return dataset.declared.table_properties.get(RESET_ALLOWED, "true").lower() != "false"
