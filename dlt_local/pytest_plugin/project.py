"""A pipeline with folders of its own, driven by a test."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError, nearest
from dlt_local.pytest_plugin.chosen_pipeline import PipelineChoice
from dlt_local.pytest_plugin.landing_files import copy_in, write_file
from dlt_local.pytest_plugin.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlt_local.event_log import Event
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.pytest_plugin.landing_files import Content
    from dlt_local.pytest_plugin.running_update import RunningUpdate
    from dlt_local.update import UpdateResult

_LANDING = "{landing}"


def _ignore(_: UpdateResult) -> None:
    pass


@dataclass
class PipelineProject:
    """A pipeline, its landing folder and its state.

    `settings` are configuration keys; `{landing}` in a value means the landing folder. The pipeline is the one that the
    repository has, or, once `source` was called, what `source` wrote.
    """

    root: Path
    settings: dict[str, str] = field(default_factory=dict)
    choice: PipelineChoice = field(default_factory=PipelineChoice, repr=False)
    on_failure: Callable[[UpdateResult], None] = field(default=_ignore, repr=False)
    _updates: set[str] = field(default_factory=set, repr=False)

    @property
    def landing(self) -> Path:
        """The landing folder: the volume of a bundle, else the setting `landing`."""
        return self.root / "landing"

    @property
    def state(self) -> Path:
        """The state folder, kept between updates; `dlt-local show --state` reads it too."""
        return self.root / "state"

    @property
    def sources(self) -> Path:
        """The folder of the files that `source` wrote."""
        return self.root / "transformations"

    def source(self, name: str, code: str) -> Path:
        """Write a source file of the pipeline; replaces one of the same name. Indentation of all lines is removed."""
        path = self.sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(code), encoding="utf-8")
        return path

    def land(self, name: str | Path, content: Content | None = None, *, into: str = ".") -> Path:
        """Put something into the landing folder; gives its path there.

        A name with content writes one file: text, bytes, or rows as CSV, Parquet or JSON lines by the name's suffix.
        A Path without content is copied into the folder `into`: a file, or everything in a folder.
        """
        if content is not None:
            return write_file(self.landing / into / name, content)
        source = Path(name)
        if not source.exists():
            raise FileNotFoundError(f"Nothing to land: there is no file or folder {source.absolute()}")
        return copy_in(source, self.landing / into)

    def update(
        self,
        *,
        refresh: str | Sequence[str] = (),
        full_refresh: str | Sequence[str] = (),
        full_refresh_all: bool = False,
        reset_checkpoint: str | Sequence[str] = (),
        validate_only: bool = False,
    ) -> UpdateResult:
        """Run one update and give its `state` and `errors`.

        A flow that fails makes the state FAILED and raises nothing; if the test fails too, its report says why the
        update did. A pipeline that cannot start raises PipelineError.
        """
        __tracebackhide__ = True
        from dlt_local.pytest_plugin.session_in_use import settings_kept
        from dlt_local.update import UpdateRequest, run_update

        request = UpdateRequest(
            refresh=_names(refresh),
            full_refresh=_names(full_refresh),
            full_refresh_all=full_refresh_all,
            reset_checkpoint=_names(reset_checkpoint),
            validate_only=validate_only,
        )
        self.landing.mkdir(parents=True, exist_ok=True)
        self._updates.clear()
        try:
            with settings_kept():
                result = run_update(self._spec(), self.state, request, self._on_event)
        except PipelineError as error:
            # It says where in the pipeline; the frames of the runtime would only push that off the screen.
            raise error.with_traceback(None) from error.__cause__
        if result.state != "COMPLETED":
            self.on_failure(result)
        return result

    @contextmanager
    def running(self) -> Iterator[RunningUpdate]:
        """A continuous update for the length of the block.

        `until` of what it gives waits for a condition; `stop` ends it sooner and gives its result.
        """
        __tracebackhide__ = True
        from dlt_local.pytest_plugin.running_update import RunningUpdate
        from dlt_local.pytest_plugin.session_in_use import settings_kept
        from dlt_local.update import UpdateRequest, run_update

        request = UpdateRequest(continuous=True)
        self.landing.mkdir(parents=True, exist_ok=True)
        self._updates.clear()
        with settings_kept():
            update = RunningUpdate(lambda stop: run_update(self._spec(), self.state, request, self._on_event, stop))
            try:
                yield update
            finally:
                result = update.stop()
        if result.state != "CANCELED":
            self.on_failure(result)

    def table(self, name: str, *, columns: Sequence[str] | None = None) -> Rows:
        """All rows of a stored table, or only these columns; `==` compares them with a list in any order.

        Rows are dicts, sorted by their text; timestamps are datetimes in UTC.
        """
        __tracebackhide__ = True
        import pyarrow as pa
        from deltalake import DeltaTable

        stored = pa.table(DeltaTable(self._stored(name)).scan())
        for column in columns or ():
            if column not in stored.column_names:
                message = f"Table '{name}' has no column '{column}'; it has {', '.join(stored.column_names)}"
                raise PipelineError(message, remedy=nearest(column, stored.column_names))
        rows = (stored if columns is None else stored.select(list(columns))).to_pylist(maps_as_pydicts="strict")
        return Rows(sorted(rows, key=str), name)

    def version(self, name: str) -> int:
        """The Delta version of a table."""
        from dlt_local.stores.delta_log import latest_version

        return latest_version(self._stored(name))

    def path(self, name: str) -> Path:
        """The folder of a table, be it there or not: `table`, `schema.table` or `catalog.schema.table`."""
        spec = self._spec()
        parts = name.split(".")
        return self.state.joinpath("tables", *[spec.catalog, spec.schema][: 3 - len(parts)], *parts)

    def events(self, type: str | None = None) -> list[Event]:  # noqa: A002 # what it is called in the event log
        """The events of all updates, oldest first, or those of one type."""
        from dlt_local.event_log import read_events

        events = read_events(self.state, self._spec().name)
        return [event for event in events if type in (None, event.event_type)]

    def expectations(self, dataset: str) -> dict[str, tuple[int, int]]:
        """Rows that passed and that failed each rule of a table or view in the last update; none if none were read."""
        wanted = dataset.lower().split(".")
        passed, failed = Counter[str](), Counter[str]()
        events = self.events("flow_progress")
        updates = self._updates or {event.origin["update_id"] for event in events[-1:]}
        for event in events:
            quality = event.details["flow_progress"].get("data_quality")
            if quality is None or event.origin["update_id"] not in updates:
                continue
            for rule in quality["expectations"]:
                if _means(rule["dataset"], wanted):
                    passed[rule["name"]] += rule["passed_records"]
                    failed[rule["name"]] += rule["failed_records"]
        return {rule: (passed[rule], failed[rule]) for rule in passed}

    def _on_event(self, event: Event) -> None:
        self._updates.add(event.origin["update_id"])

    def _stored(self, name: str) -> Path:
        from dlt_local.show.stored_tables import find_table, stored_tables

        folder = self.path(name)
        if (folder / "_delta_log").is_dir():
            return folder
        if not stored_tables(self.state):
            raise PipelineError(f"There is no table '{name}': no update has made any", remedy="Call update() first.")
        return find_table(self.state, name).folder

    def _spec(self) -> PipelineSpec:
        settings = {key: value.replace(_LANDING, str(self.landing)) for key, value in self.settings.items()}
        if not self.sources.exists():
            return self.choice.load(landing=self.landing, settings=settings)
        from dlt_local.project.libraries import files_below
        from dlt_local.project.spec import PipelineSpec

        files = tuple(files_below(self.sources))
        settings = {"landing": str(self.landing), **settings}
        return PipelineSpec("tested", "local", "main", self.sources, files, settings, self.sources)


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _means(full_name: str, wanted: list[str]) -> bool:
    """Whether a name with fewer or more parts may be this one."""
    parts = full_name.lower().split(".")
    length = min(len(parts), len(wanted))
    return parts[-length:] == wanted[-length:]
