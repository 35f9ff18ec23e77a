"""Events as Databricks' REST answers them, short to write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

NUMBERS = "fitness.silver.numbers"
START = datetime(2026, 4, 14, 6, tzinfo=UTC)
Counts = dict[str, tuple[int, int]]


@dataclass
class Log:
    """Each call adds one event, a second after the last."""

    update: str = "u1"
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, event_type: str, details: dict[str, Any], *, error: list[str] | None = None, **origin: str) -> Log:
        number = len(self.events)
        moment = START + timedelta(seconds=number)
        self.events.append(
            {
                "id": f"e{number}",
                "event_type": event_type,
                "timestamp": moment.isoformat().replace("+00:00", "Z"),
                "origin": {"cloud": "Azure", "pipeline_name": "lakehouse", "update_id": self.update, **origin},
                "level": "INFO",
                "message": event_type,
                "details": {event_type: details},
                "error": {"exceptions": [{"message": text} for text in error]} if error else None,
            }
        )
        return self

    def start(self, update: str, cause: str = "USER_ACTION") -> Log:
        self.update = update
        return self.add("create_update", {"cause": cause}).state("RUNNING")

    def state(self, state: str, *, error: list[str] | None = None) -> Log:
        return self.add("update_progress", {"state": state}, error=error)

    def defines(
        self, *rules: tuple[str, str, str], dataset: str = NUMBERS, flow: str | None = None, **facts: Any
    ) -> Log:
        listed = [{"name": name, "expression": sql, "action": action} for name, sql, action in rules]
        self.add("dataset_definition", {"expectations": listed}, dataset_name=dataset)
        return self.flow(dataset, flow or dataset, **facts)

    def flow(self, dataset: str, name: str, flow_type: str = "APPEND", inputs: tuple[str, ...] = ()) -> Log:
        details = {"flow_type": flow_type, "input_datasets": [{"name": name} for name in inputs]}
        return self.add("flow_definition", details, dataset_name=dataset, flow_name=name)

    def batch(self, rules: Counts, *, rows: int = 0, dropped: int = 0, dataset: str = NUMBERS, **of: str) -> Log:
        counts = [
            {"name": name, "dataset": of.get("rules_of", dataset), "passed_records": passed, "failed_records": failed}
            for name, (passed, failed) in rules.items()
        ]
        details = {
            "status": of.get("status", "RUNNING"),
            "metrics": {"num_output_rows": rows},
            "data_quality": {"dropped_records": dropped, "expectations": counts},
        }
        return self.add("flow_progress", details, dataset_name=dataset, flow_name=of.get("flow", dataset))

    def status(
        self, status: str, *, dataset: str = NUMBERS, flow: str | None = None, error: list[str] | None = None
    ) -> Log:
        return self.add(
            "flow_progress", {"status": status}, error=error, dataset_name=dataset, flow_name=flow or dataset
        )
