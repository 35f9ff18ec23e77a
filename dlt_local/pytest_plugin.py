"""The `pipeline` fixture: a pipeline project in a temporary folder, run in this process on real Spark and Delta.

def test_blank_names_are_dropped(pipeline):
    pipeline.source("people.py", SOURCE)
    pipeline.land("people/1.json", '{"name": ""}')
    pipeline.update()
    assert pipeline.table("people") == []
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dlt_local.event_log import Event
    from dlt_local.update import UpdateResult


@dataclass
class PipelineProject:
    """Sources, landing folder and state of one pipeline; `{landing}` in settings means the landing folder."""

    root: Path
    settings: dict[str, str] = field(default_factory=lambda: {"landing": "{landing}"})

    @property
    def landing(self) -> Path:
        """The landing folder, read by pipelines through the setting `landing`."""
        return self.root / "landing"

    @property
    def state(self) -> Path:
        """The state folder, kept between updates."""
        return self.root / "state"

    @property
    def sources(self) -> Path:
        """The folder of source files."""
        return self.root / "transformations"

    def source(self, name: str, code: str) -> Path:
        """Write a source file; replaces one of the same name."""
        path = self.sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(code), encoding="utf-8")
        return path

    def land(self, name: str, content: str | bytes | Sequence[Mapping[str, Any]]) -> Path:
        """Write a landing file: text, bytes, or rows as JSON lines."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
            path.write_text(text, encoding="utf-8")
        return path

    def update(self, **request: Any) -> UpdateResult:
        """Run one update; takes the fields of UpdateRequest."""
        from dlt_local.project.spec import PipelineSpec
        from dlt_local.update import UpdateRequest, run_update

        self.landing.mkdir(exist_ok=True)
        configuration = {key: value.format(landing=self.landing) for key, value in self.settings.items()}
        files = tuple(sorted(self.sources.rglob("*.py")))
        spec = PipelineSpec("tested", "local", "main", self.sources, files, configuration, self.sources)
        return run_update(spec, self.state, UpdateRequest(**request), lambda _: None)

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, sorted by their text."""
        import pyarrow as pa
        from deltalake import DeltaTable

        rows: list[dict[str, Any]] = pa.table(DeltaTable(self.path(name)).scan()).to_pylist()
        return sorted(rows, key=str)

    def version(self, name: str) -> int:
        """The Delta version of a table."""
        from dlt_local.stores.delta_log import latest_version

        return latest_version(self.path(name))

    def path(self, name: str) -> Path:
        """The folder of a table: `table`, `schema.table` or `catalog.schema.table`."""
        parts = name.split(".")
        return self.state.joinpath("tables", *["local", "main"][: 3 - len(parts)], *parts)

    def events(self) -> list[Event]:
        """All events of all updates, oldest first."""
        from dlt_local.event_log import read_events

        return read_events(self.state, "tested")

    def expectations(self, dataset: str) -> dict[str, tuple[int, int]]:
        """Rows that passed and failed each rule of a data set in the last update."""
        events = self.events()
        last = events[-1].origin["update_id"]
        counts: dict[str, tuple[int, int]] = {}
        for event in events:
            quality = event.details.get("flow_progress", {}).get("data_quality")
            if quality is None or event.origin["update_id"] != last:
                continue
            for rule in quality["expectations"]:
                if rule["dataset"].split(".")[-1] == dataset.rsplit(".", maxsplit=1)[-1]:
                    passed, failed = counts.get(rule["name"], (0, 0))
                    counts[rule["name"]] = (passed + rule["passed_records"], failed + rule["failed_records"])
        return counts


@pytest.fixture
def pipeline(tmp_path: Path) -> PipelineProject:
    """An empty pipeline project."""
    return PipelineProject(tmp_path)
