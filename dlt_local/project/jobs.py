"""The jobs of a bundle: their tasks that run a file, with parameters as they are on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError, UnsupportedError, nearest
from dlt_local.project.bundle import read_bundle
from dlt_local.project.names import identifier
from dlt_local.project.node_kinds import as_items, as_map, as_scalar, refuse_unknown
from dlt_local.project.references import References

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.project.bundle import Bundle
    from dlt_local.project.yaml_nodes import MapNode, Node, Scalar
    from dlt_local.source_location import SourceLocation

_SQL, _PYTHON = "sql_task", "spark_python_task"
_ABOUT_A_TASK = frozenset(
    {
        "depends_on", "description", "disable_auto_optimization", "email_notifications", "environment_key",
        "existing_cluster_id", "health", "job_cluster_key", "libraries", "max_retries", "min_retry_interval_millis",
        "new_cluster", "notification_settings", "retry_on_timeout", "run_if", "task_key", "timeout_seconds",
        "webhook_notifications",
    }
)  # fmt: skip
_OF_THE_JOB = "{{"


@dataclass(frozen=True, slots=True)
class SqlTask:
    """A SQL file and the values of its named parameters."""

    key: str
    file: Path
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PythonTask:
    """A Python file and its command line."""

    key: str
    file: Path
    parameters: tuple[str, ...]


Task = SqlTask | PythonTask


@dataclass(frozen=True, slots=True)
class PublishedLog:
    """The table under which a bundle publishes the event log of one of its pipelines."""

    catalog: str
    schema: str
    table: str
    pipeline: str


@dataclass(frozen=True, slots=True)
class JobSpec:
    """Tasks of one job in an order that runs each after those it depends on, and what the bundle gives them to read."""

    name: str
    tasks: tuple[Task, ...]
    schemas: tuple[tuple[str, str], ...]
    logs: tuple[PublishedLog, ...]


def load_job(
    bundle_root: Path,
    job: str,
    *,
    only: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    landing: Path | None = None,
    target: str | None = None,
) -> JobSpec:
    """A job by its resource key; of its tasks those called in `only`, else all.

    `settings` replace parameters: of a SQL task by name, of a Python task those written as `--name=value`. A task that
    runs no file of the bundle is an error if it is meant.
    """
    bundle = read_bundle(bundle_root.resolve(), target=target)
    references = References(bundle, (landing or bundle.root / "landing").resolve())
    jobs = _resources(bundle, "jobs")
    if job not in jobs:
        known = ", ".join(jobs) or "none"
        message = f"Target '{bundle.target}' of {bundle.file} has no job '{job}'; it has {known}"
        raise PipelineError(message, remedy=nearest(job, jobs))
    nodes = _tasks(as_map(jobs[job], f"jobs.{job}"), job)
    chosen = _chosen(nodes, only, job)
    given = dict(settings or {})
    reader = _Reader(references, given, _remedy(nodes))
    tasks = tuple(reader.task(key, nodes[key]) for key in chosen)
    if unused := given.keys() - reader.used:
        name = min(unused)
        raise PipelineError(f"No chosen task has a parameter '{name}'", remedy=nearest(name, reader.known))
    return JobSpec(job, tasks, _schemas(bundle, references), _logs(bundle, references))


def _resources(bundle: Bundle, kind: str) -> Mapping[str, Node]:
    resources = bundle.config.get("resources")
    found = as_map(resources, "resources").get(kind) if resources else None
    return as_map(found, kind).entries if found else {}


def _tasks(job: MapNode, name: str) -> dict[str, MapNode]:
    """Tasks by key, each after those it depends on, else in the order of the file."""
    nodes = {
        as_scalar(task.get("task_key"), "task_key").text: task
        for task in (as_map(item, "tasks") for item in as_items(job.get("tasks"), "tasks"))
    }
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for key, task in nodes.items():
        before = [as_map(item, "depends_on") for item in as_items(task.get("depends_on"), "depends_on")]
        names = [as_scalar(item.get("task_key"), "task_key") for item in before]
        for needed in names:
            if needed.text not in nodes:
                message = f"Task '{key}' depends on '{needed.text}', which job '{name}' does not have"
                raise PipelineError(message, where=needed.where, remedy=nearest(needed.text, nodes))
        sorter.add(key, *(needed.text for needed in names))
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise PipelineError(f"Tasks of job '{name}' depend on each other: {circle}", where=job.where) from error
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=list(nodes).index)
        ordered += ready
        sorter.done(*ready)
    return {key: nodes[key] for key in ordered}


def _chosen(nodes: Mapping[str, MapNode], only: Sequence[str], job: str) -> list[str]:
    for key in only:
        if key not in nodes:
            message = f"Job '{job}' has no task '{key}'; it has {', '.join(nodes)}"
            raise PipelineError(message, remedy=nearest(key, nodes))
    return [key for key in nodes if not only or key in only]


def _remedy(nodes: Mapping[str, MapNode]) -> str:
    """What to run instead of a task that cannot run here."""
    runnable = [key for key, node in nodes.items() if {_SQL, _PYTHON} & node.entries.keys()]
    if not runnable:
        return f"On this machine run {_SQL} and {_PYTHON} of files."
    return f"Choose others by {' '.join(f'--task {key}' for key in runnable)}."


@dataclass
class _Reader:
    """Reads tasks and notes which settings they use."""

    references: References
    settings: Mapping[str, str]
    remedy: str

    def __post_init__(self) -> None:
        self.used: set[str] = set()
        self.known: set[str] = set()

    def task(self, key: str, task: MapNode) -> Task:
        kinds = [kind for kind in task.entries if kind not in _ABOUT_A_TASK]
        if kinds == [_SQL]:
            return self._sql_task(key, as_map(task.get(_SQL), _SQL))
        if kinds == [_PYTHON]:
            return self._python_task(key, as_map(task.get(_PYTHON), _PYTHON))
        what = f"is a {kinds[0]}, which runs only in a workspace" if kinds else "does nothing"
        raise UnsupportedError(f"Task '{key}' {what}", where=task.where, remedy=self.remedy)

    def _sql_task(self, key: str, fields: MapNode) -> SqlTask:
        for kind in ("alert", "dashboard", "query"):
            if fields.get(kind):
                message = f"Task '{key}' runs a {kind} of a workspace, not a file"
                raise UnsupportedError(message, where=fields.where, remedy=self.remedy)
        refuse_unknown(fields, f"Task '{key}'", ("file", "parameters", "warehouse_id"))
        file = as_map(fields.get("file"), "file")
        refuse_unknown(file, f"Task '{key}'", ("path", "source"))
        node = fields.get("parameters")
        parameters = as_map(node, "parameters").entries if node else {}
        values = {name: self._value(name, value) for name, value in parameters.items()}
        return SqlTask(key, self._file(key, file, "path"), values)

    def _python_task(self, key: str, fields: MapNode) -> PythonTask:
        refuse_unknown(fields, f"Task '{key}'", ("parameters", "python_file", "source"))
        items = as_items(fields.get("parameters"), "parameters")
        parameters = tuple(self._argument(as_scalar(item, "parameters")) for item in items)
        return PythonTask(key, self._file(key, fields, "python_file"), parameters)

    def _argument(self, item: Scalar) -> str:
        option, equals, _ = item.text.partition("=")
        if not equals or not option.startswith("--"):
            return self._resolved(item)
        name = option.removeprefix("--")
        self._note(name)
        return f"{option}={self.settings[name]}" if name in self.settings else self._resolved(item)

    def _value(self, name: str, value: Node) -> str:
        self._note(name)
        return self.settings[name] if name in self.settings else self._resolved(as_scalar(value, name))

    def _note(self, name: str) -> None:
        self.known.add(name)
        if name in self.settings:
            self.used.add(name)

    def _resolved(self, item: Scalar) -> str:
        text = as_scalar(self.references.resolve(item), "parameters").text
        if _OF_THE_JOB in text:
            message = f"'{text}' is known only to a run in a workspace"
            raise UnsupportedError(message, where=item.where, remedy="Give the parameter by --set NAME=VALUE.")
        return text

    def _file(self, key: str, fields: MapNode, field: str) -> Path:
        source = fields.get("source")
        if source and as_scalar(source, "source").text.upper() != "WORKSPACE":
            message = f"Task '{key}' takes its file from a Git repository, not from the bundle"
            raise UnsupportedError(message, where=source.where, remedy=self.remedy)
        node = fields.get(field)
        if node is None:
            raise PipelineError(f"Task '{key}' has no '{field}'", where=fields.where)
        path = as_scalar(self.references.resolve(node), field)
        file = (Path(path.where.file).parent / path.text).resolve()
        if not file.is_file():
            raise PipelineError(f"Task '{key}': no file {file}", where=path.where)
        return file


def _schemas(bundle: Bundle, references: References) -> tuple[tuple[str, str], ...]:
    """Schemas that a deployment makes."""
    schemas = [as_map(node, "schemas") for node in _resources(bundle, "schemas").values()]
    return tuple(
        (_name(fields, "catalog_name", references, fields.where), _name(fields, "name", references, fields.where))
        for fields in schemas
    )


def _logs(bundle: Bundle, references: References) -> tuple[PublishedLog, ...]:
    found = []
    for pipeline, node in _resources(bundle, "pipelines").items():
        fields = as_map(node, f"pipelines.{pipeline}")
        if not fields.get("event_log"):
            continue
        log = as_map(fields.get("event_log"), "event_log")
        table = _name(log, "name", references, log.where)
        catalog, schema = (
            _name(log if log.get(field) else fields, field, references, log.where) for field in ("catalog", "schema")
        )
        found.append(PublishedLog(catalog, schema, table, pipeline))
    return tuple(found)


def _name(fields: MapNode, field: str, references: References, where: SourceLocation) -> str:
    node = fields.get(field)
    if node is None:
        raise PipelineError(f"'{field}' is missing", where=where)
    return identifier(as_scalar(references.resolve(node), field), field)
