"""The event log in the shape of Databricks: a Delta table whose `details` is a JSON string.

Each event is first appended to a spool file, so that a killed update loses none; the spool is moved into the Delta
table when an update ends, or when the next one starts.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from shutil import disk_usage
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError

from dlt_local.errors import PipelineError
from dlt_local.redaction import redacted
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

# With less than this the spools stay where they are until a later update.
_ROOM_FOR_A_COMMIT = 4_000_000
_FRAME = pa.struct(
    [
        ("declaring_class", pa.string()),
        ("method_name", pa.string()),
        ("file_name", pa.string()),
        ("line_number", pa.int64()),
    ]
)
_EXCEPTION = pa.struct([("class_name", pa.string()), ("message", pa.string()), ("stack", pa.list_(_FRAME))])
_ORIGIN = [
    "cloud",
    "region",
    "org_id",
    "pipeline_id",
    "pipeline_type",
    "pipeline_name",
    "cluster_id",
    "update_id",
    "table_name",
    "dataset_name",
    "sink_name",
    "flow_id",
    "flow_name",
    "batch_id",
    "request_id",
    "host",
]
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        (
            "sequence",
            pa.struct(
                [
                    ("data_plane_id", pa.struct([("instance", pa.string()), ("seq_no", pa.int64())])),
                    ("control_plane_seq_no", pa.int64()),
                ]
            ),
        ),
        ("origin", pa.struct([(name, pa.int64() if name == "batch_id" else pa.string()) for name in _ORIGIN])),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("message", pa.string()),
        ("level", pa.string()),
        ("maturity_level", pa.string()),
        ("error", pa.struct([("fatal", pa.bool_()), ("exceptions", pa.list_(_EXCEPTION))])),
        ("details", pa.string()),
        ("event_type", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `details` has one key, the event type."""

    id: str
    sequence: Mapping[str, Any]
    origin: Mapping[str, Any]
    timestamp: datetime
    message: str
    level: str
    maturity_level: str | None
    error: Mapping[str, Any] | None
    details: Mapping[str, Any]
    event_type: str


@dataclass
class EventLog:
    """Writes the events of one update, in order, from any thread."""

    state: StateFolder
    pipeline: str
    update_id: str
    on_event: Callable[[Event], None]
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    _sequence: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Take over what a killed update left behind."""
        self._folder = self.state.pipeline(self.pipeline)
        (self._folder / "spool").mkdir(parents=True, exist_ok=True)
        self._move_spools()
        self._spool = self._folder / "spool" / f"{self.update_id}.jsonl"

    def write(  # noqa: PLR0913 - an event has these parts
        self,
        event_type: str,
        message: str,
        details: Mapping[str, Any],
        *,
        level: str = "INFO",
        origin: Mapping[str, Any] | None = None,
        error: BaseException | None = None,
        maturity: str = "STABLE",
    ) -> None:
        """Append one event and tell who listens."""
        with self._lock:
            self._sequence += 1
            event = Event(
                id=str(uuid.uuid4()),
                sequence={
                    "data_plane_id": {"instance": "dlt_local", "seq_no": self._sequence},
                    "control_plane_seq_no": None,
                },
                origin={
                    "cloud": "local",
                    "pipeline_id": self.pipeline,
                    "pipeline_type": "WORKSPACE",
                    "pipeline_name": self.pipeline,
                    "update_id": self.update_id,
                    **(origin or {}),
                },
                timestamp=datetime.now(UTC),
                message=redacted(message),
                level=level,
                maturity_level=maturity,
                error=redacted(_error(error)),
                details={event_type: redacted(dict(details))},
                event_type=event_type,
            )
            with self._spool.open("a", encoding="utf-8") as spool:
                spool.write(json.dumps(_row(event), default=str) + "\n")
            for listener in (self.on_event, *self.listeners):
                listener(event)

    def close(self) -> None:
        """Move this update's events into the Delta table."""
        with self._lock:
            self._move_spools()

    def _move_spools(self) -> None:
        settle_events(self.state, self.pipeline)


def settle_events(state: StateFolder, pipeline: str) -> None:
    """Move events of updates that have ended, however they did, into the Delta table; no update may be running."""
    folder = state.pipeline(pipeline)
    spools = sorted((folder / "spool").glob("*.jsonl"))
    if not spools or disk_usage(folder).free < _ROOM_FOR_A_COMMIT:
        return
    for spool in spools:
        _append(folder / "event_log", spool)
        spool.unlink()


def _append(table: Path, spool: Path) -> None:
    """Append a spool once, however often it is tried."""
    if DeltaTable.is_deltatable(str(table)) and DeltaTable(table).transaction_version(spool.stem) is not None:
        return
    rows = [_typed(row) for row in _spooled(spool)]
    if rows:
        once = CommitProperties(app_transactions=[Transaction(spool.stem, 1)])
        write_deltalake(table, pa.Table.from_pylist(rows, _SCHEMA), mode="append", commit_properties=once)


def read_events(state: Path, pipeline: str) -> list[Event]:
    """All events of a pipeline, oldest first, those of an update in progress included.

    Raises PipelineError if the table is damaged, or was written by a runtime with another shape of events.
    """
    folder = StateFolder(state).pipeline(pipeline)
    rows = _stored(folder / "event_log")
    seen = {row["id"] for row in rows}
    for spool in (folder / "spool").glob("*.jsonl"):
        rows += [_typed(row) for row in _spooled(spool) if row["id"] not in seen]
    try:
        events = [Event(**{**row, "details": json.loads(row["details"])}) for row in rows]
    except (TypeError, KeyError, ValueError) as error:
        remedy = (
            "Read it with the version of the runtime that wrote it, or run the pipeline into an empty state folder."
        )
        raise PipelineError(f"The event log in {folder} is of another version ({error})", remedy=remedy) from error
    return sorted(events, key=lambda event: (event.timestamp, event.sequence["data_plane_id"]["seq_no"]))


def _stored(table: Path) -> list[dict[str, Any]]:
    if not DeltaTable.is_deltatable(str(table)):
        return []
    try:
        rows: list[dict[str, Any]] = pa.table(DeltaTable(table).scan()).to_pylist()
    except (DeltaError, pa.ArrowException, OSError) as error:
        message = f"The event log in {table} cannot be read: {' '.join(str(error).split())}"
        raise PipelineError(message, remedy="Restore the folder from a backup, or run into an empty one.") from error
    return rows


def _spooled(spool: Path) -> Iterator[dict[str, Any]]:
    for line in spool.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            # The last line of a killed process may be incomplete; the event did not happen.
            return


def _row(event: Event) -> dict[str, Any]:
    return {**asdict(event), "details": json.dumps(event.details, default=str)}


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "timestamp": datetime.fromisoformat(row["timestamp"])}


def _error(error: BaseException | None) -> dict[str, Any] | None:
    if error is None:
        return None
    exceptions = []
    current: BaseException | None = error
    while current is not None:
        exceptions.append({"class_name": type(current).__name__, "message": str(current), "stack": []})
        current = current.__cause__
    return {"fatal": True, "exceptions": exceptions}
