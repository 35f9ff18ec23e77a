"""The planned graph: every data set with its kind, schema and inputs."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.api.definitions import Dataset, Flow, Kind, QueryFlow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql.types import StructType

    from dlt_local.graph.names import Definitions
    from dlt_local.source_location import SourceLocation


@dataclass(frozen=True, slots=True)
class PlannedFlow:
    """A flow with the data sets it reads; `definition` changes whenever the query does."""

    flow: Flow
    inputs: tuple[str, ...]
    schema: StructType
    streaming: bool
    definition: str
    external: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The flow's name, which identifies its checkpoint."""
        return self.flow.name


@dataclass(frozen=True, slots=True)
class PlannedDataset:
    """A data set with resolved kind, schema and flows; `inputs` are keys of the graph.

    `generated` holds the SQL of columns that the schema computes, `has_change_feed` tells that a flow reads changes.
    """

    name: str
    kind: Kind
    schema: StructType
    flows: tuple[PlannedFlow, ...]
    declared: Dataset
    generated: Mapping[str, str] = field(default_factory=dict)
    has_change_feed: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """Data sets that any flow reads, in order of first use."""
        return tuple(dict.fromkeys(name for flow in self.flows for name in flow.inputs))

    @property
    def comment(self) -> str | None:
        """The declared comment."""
        return self.declared.comment

    @property
    def description(self) -> str | None:
        """What the functions of its queries say about themselves, each text once."""
        functions = [flow.flow.function for flow in self.flows if isinstance(flow.flow, QueryFlow)]
        texts = [" ".join(text.split()) for text in map(inspect.getdoc, functions) if text]
        return " ".join(dict.fromkeys(texts)) or None

    @property
    def location(self) -> SourceLocation:
        """Where it is declared."""
        return self.declared.location

    @property
    def is_stored(self) -> bool:
        """Whether it has a table of its own."""
        return self.kind not in (Kind.VIEW, Kind.SINK)

    @property
    def is_run(self) -> bool:
        """Whether its flows run by themselves; a view is evaluated by its readers."""
        return self.kind is not Kind.VIEW


@dataclass(frozen=True, slots=True)
class Graph:
    """All data sets, producers before consumers, under `catalog.schema.table` (views, sinks: their bare name).

    `deprecations` are uses of the API that the update warns of.
    """

    datasets: Mapping[str, PlannedDataset]
    definitions: Definitions
    deprecations: tuple[str, ...] = ()

    def stored_inputs(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The tables that these inputs stand on, views resolved to what they read."""
        found: dict[str, None] = {}
        for name in names:
            dataset = self.datasets[name]
            tables = (name,) if dataset.is_stored else self.stored_inputs(dataset.inputs)
            found.update(dict.fromkeys(tables))
        return tuple(found)
