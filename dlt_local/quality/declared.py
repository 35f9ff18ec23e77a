"""The expectations and flows that a pipeline declares, from the definitions in its log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlt_local.quality.model import Dataset, Rule, without_catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlt_local.quality.logged import LoggedEvent

_DEFINING = frozenset({"dataset_definition", "flow_definition"})
_ALL_ROWS = frozenset({"MATERIALIZED_VIEW", "COMPLETE", "VIEW"})


@dataclass(frozen=True, slots=True)
class Declared:
    """Rules by data set and name; of flows, by what they write and their name, the type, and which take rows in.

    `reads` has the data sets that each data set is made from.
    """

    rules: Mapping[tuple[str, str], Rule]
    flow_types: Mapping[tuple[str, str], str]
    takes_in: frozenset[tuple[str, str]]
    reads: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, events: Iterable[LoggedEvent]) -> Declared:
        """What the definitions among these events say."""
        rules: list[Rule] = []
        flow_types: dict[tuple[str, str], str] = {}
        takes_in = set()
        reads: dict[str, dict[str, None]] = {}
        for event in events:
            if event.event_type in _DEFINING:
                reads.setdefault(event.output, {}).update(_inputs(event))
            if event.event_type == "dataset_definition":
                rules += _rules(event)
            elif event.event_type == "flow_definition":
                flow = (event.output, event.flow_name)
                flow_types[flow] = str(event.details.get("flow_type"))
                if not event.details.get("input_datasets"):
                    takes_in.add(flow)
        by_name = {(rule.dataset, rule.name): rule for rule in rules}
        return cls(by_name, flow_types, frozenset(takes_in), {name: tuple(inputs) for name, inputs in reads.items()})

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """All that the definitions name, by name."""
        named = set(self.reads).union(*self.reads.values())
        return tuple(Dataset(name, self.reads.get(name, ())) for name in sorted(named))

    def rule(self, dataset: str, name: str) -> Rule:
        """The rule of that name; one that the log does not declare has a name only."""
        declaring = without_catalog(dataset)
        return self.rules.get((declaring, name)) or Rule(declaring, name)

    def rule_that_failed(self, dataset: str, name: str) -> Rule:
        """As `rule`, but the rule may be that of a view which the flow into `dataset` reads."""
        rule = self.rule(dataset, name)
        elsewhere = [other for other in self.rules.values() if other.name == name and other.action == "FAIL"]
        is_declared = (rule.dataset, name) in self.rules
        return elsewhere[0] if not is_declared and len(elsewhere) == 1 else rule

    def flows_into(self, dataset: str) -> list[str]:
        """Names of the flows that write a data set."""
        return [flow for output, flow in self.flow_types if output == dataset]

    def counted(self, output: str, flow: str) -> str | None:
        """Whether a flow's counts are those of new rows or of all rows."""
        flow_type = self.flow_types.get((output, flow))
        if flow_type is None:
            return None
        return "all_rows" if flow_type in _ALL_ROWS else "new_rows"


def _inputs(event: LoggedEvent) -> dict[str, None]:
    listed: Any = event.details.get("input_datasets")
    named = [one.get("name") if isinstance(one, dict) else one for one in listed] if isinstance(listed, list) else []
    return {without_catalog(str(name)): None for name in named if name}


def _rules(event: LoggedEvent) -> list[Rule]:
    listed: Any = event.details.get("expectations")
    # Databricks does not document this list; one without names says nothing.
    named = [rule for rule in listed if isinstance(rule, dict) and rule.get("name")] if isinstance(listed, list) else []
    return [
        Rule(
            dataset=event.output,
            name=str(rule["name"]),
            constraint_sql=rule.get("expression"),
            action=rule.get("action"),
            source_file=rule.get("source_file"),
            source_line=rule.get("source_line"),
        )
        for rule in named
    ]
