"""Resolves the names that pipeline code uses to the data sets of the pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.api.definitions import Dataset, Flow, Kind
from dlt_local.errors import GraphError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.api.registry import Registry
    from dlt_local.project.spec import PipelineSpec

_PART = re.compile(r"`([^`]+)`|([^`.\s]+)")
_PARTS_OF_FULL_NAME = 3


def name_parts(name: str) -> list[str]:
    """The parts of a dotted name, back-quotes and a leading `LIVE.` removed, lower-cased as catalogs do."""
    parts = [(quoted or bare).lower() for quoted, bare in _PART.findall(name)]
    return parts[1:] if is_live(name) else parts


def is_live(name: str) -> bool:
    """Whether a name has the prefix `LIVE.` of the legacy publishing mode."""
    return name.lower().startswith(("live.", "`live`."))


@dataclass(frozen=True)
class Definitions:
    """What the pipeline declares, under full names `catalog.schema.table`; views and sinks under their bare name."""

    datasets: Mapping[str, Dataset]
    flows: Mapping[str, tuple[Flow, ...]]
    catalog: str
    schema: str

    @classmethod
    def of(cls, registry: Registry, spec: PipelineSpec) -> Definitions:
        """Qualify every declared name; two spellings of one table and flows without a target are errors."""
        empty = cls({}, {}, spec.catalog, spec.schema)
        datasets: dict[str, Dataset] = {}
        for dataset in registry.datasets.values():
            has_bare_name = dataset.kind in (Kind.VIEW, Kind.SINK)
            key = dataset.name.lower() if has_bare_name else empty.full_name(dataset.name)
            if key in datasets:
                message = (
                    f"Data set '{dataset.name}' is declared twice; the first declaration is at {datasets[key].location}"
                )
                raise GraphError(message, where=dataset.location, remedy="Rename or remove one of them.")
            datasets[key] = dataset
        definitions = cls(datasets, {}, spec.catalog, spec.schema)
        flows: dict[str, list[Flow]] = {key: [] for key in datasets}
        for flow in registry.flows.values():
            flows[definitions.target_of(flow)].append(flow)
        return cls(datasets, {key: tuple(found) for key, found in flows.items()}, spec.catalog, spec.schema)

    def full_name(self, name: str) -> str:
        """`catalog.schema.table`, missing parts taken from the pipeline."""
        parts = name_parts(name)
        defaults = [self.catalog.lower(), self.schema.lower()]
        return ".".join(defaults[: _PARTS_OF_FULL_NAME - len(parts)] + parts)

    def find(self, name: str) -> str | None:
        """The key of the data set that `name` means, None if this pipeline has none such."""
        parts = name_parts(name)
        if len(parts) == 1 and parts[0] in self.datasets:
            return parts[0]
        full = self.full_name(name)
        return full if full in self.datasets else None

    def spellings(self) -> list[str]:
        """Names that a reader may use, for suggestions."""
        return [
            key.removeprefix(f"{self.catalog.lower()}.").removeprefix(f"{self.schema.lower()}.")
            for key in self.datasets
        ]

    def target_of(self, flow: Flow) -> str:
        """The key of the table that a flow fills."""
        key = self.find(flow.target)
        if key is None:
            message = f"Flow '{flow.name}' targets '{flow.target}', which this pipeline does not declare"
            remedy = nearest(flow.target, self.spellings()) or "Declare it with create_streaming_table."
            raise GraphError(message, where=flow.location, remedy=remedy)
        return key
