"""Where everything lies in a state folder."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import StateError
from dlt_local.stores.checkpoints import marker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLES = "tables"
METADATA = "_dlt_metadata"


@dataclass(frozen=True, slots=True)
class TableFolder:
    """One data set on disk: a Delta table with its checkpoints and hidden state inside, so that both go together."""

    path: Path

    @property
    def exists(self) -> bool:
        """Whether a Delta table is there."""
        return (self.path / "_delta_log").is_dir()

    def checkpoint(self, flow: str) -> Path:
        """The Structured Streaming checkpoint of a flow."""
        return self.path / METADATA / "checkpoints" / flow / "0"

    def memory(self, flow: str) -> Path:
        """What the last successful run of a flow saw."""
        return self.path / METADATA / "flows" / f"{flow}.json"

    @property
    def cdc_events(self) -> Path:
        """The change events of an AUTO CDC target."""
        return self.path / METADATA / "cdc" / "events"


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The folder given by `--state`, as the pipeline of that name sees it."""

    root: Path
    pipeline_name: str = ""

    def table(self, name: str) -> TableFolder:
        """The folder of `catalog.schema.table`."""
        return TableFolder(self.root.joinpath(_TABLES, *name.split(".")))

    def place(self, name: str) -> TableFolder:
        """Where a data set keeps its state: a table its folder, a sink (a bare name) one beside the event log."""
        return self.table(name) if "." in name else TableFolder(self.pipeline(self.pipeline_name) / "sinks" / name)

    def pipeline(self, name: str) -> Path:
        """The folder of a pipeline's event log."""
        return self.root / "pipelines" / name

    def pipelines(self) -> list[str]:
        """Names of all pipelines that have run here."""
        return sorted(folder.name for folder in (self.root / "pipelines").glob("*") if folder.is_dir())

    def prepare(self) -> None:
        """Make the folder, or say why it cannot be used."""
        try:
            (self.root / _TABLES).mkdir(parents=True, exist_ok=True)
            probe = self.root / f".probe-{uuid.uuid4().hex}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            message = f"State folder '{self.root}' cannot be written: {error.strerror}"
            raise StateError(message, remedy="Give another folder with --state.") from error
        self._empty_trash()

    def discard(self, table: TableFolder) -> None:
        """Forget a table with its checkpoints in one atomic step."""
        if table.path.exists():
            trash = self.root / "trash"
            trash.mkdir(exist_ok=True)
            table.path.rename(trash / uuid.uuid4().hex)
            self._empty_trash()

    def restart(self, table: TableFolder, flow: str) -> None:
        """Let a flow read its sources from the beginning; the rows of its table stay."""
        table.memory(flow).unlink(missing_ok=True)
        marker(table.checkpoint(flow)).unlink(missing_ok=True)
        checkpoint = table.checkpoint(flow).parent
        if checkpoint.exists():
            trash = self.root / "trash"
            trash.mkdir(exist_ok=True)
            checkpoint.rename(trash / uuid.uuid4().hex)
            self._empty_trash()

    def tables(self) -> Iterator[str]:
        """Full names of all stored tables."""
        root = self.root / _TABLES
        for log in sorted(root.glob("*/*/*/_delta_log")):
            yield ".".join(log.parent.relative_to(root).parts)

    def _empty_trash(self) -> None:
        shutil.rmtree(self.root / "trash", ignore_errors=True)
