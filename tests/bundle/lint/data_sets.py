"""Rules about tables: what a resource names is what the pipelines make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.project.yaml_nodes import Scalar
from dlt_local.source_location import SourceLocation
from tests.bundle.lint.findings import Finding
from tests.bundle.lint.queries import CATALOG, GIVEN, Query, mistakes, tables_made
from tests.bundle.lint.tasks import inputs_of, local_file, tasks_of
from tests.bundle.tree import find, items_at, members, scalars, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlt_local.project.yaml_nodes import Node
    from tests.bundle.lint.view import View

_EACH_INPUT = "{{input}}"
_TABLE = re.compile(r"\$\{resources\.schemas\.(\w+)\.name\}\.(\w+|\{\{input\}\})")
_SELECTIONS = ("refresh_selection", "full_refresh_selection", "reset_checkpoint_selection")


def known_tables(view: View) -> dict[str, frozenset[str]]:
    """Columns by `<layer>.<table>`: the data sets, the event logs, and what SQL of jobs makes."""
    made = {
        f"{schema}.{name}": columns
        for file in sorted((view.root / "jobs").rglob("*.sql"))
        for (schema, name), columns in tables_made(file.read_text(encoding="utf-8")).items()
    }
    logs = {
        f"ops.{text_at(pipeline, 'event_log', 'name')}": frozenset[str]()
        for pipeline in members(view.rendered, "pipelines").values()
    }
    return {**view.facts.columns, **made, **logs, **_made_under_given_names(view)}


def _made_under_given_names(view: View) -> dict[str, frozenset[str]]:
    """Tables that SQL makes under a name that its task gives as a parameter."""
    made: dict[str, frozenset[str]] = {}
    for _, _, task in tasks_of(view):
        file = local_file(find(task, "sql_task", "file", "path"))
        for (schema, parameter), columns in tables_made(file.read_text(encoding="utf-8")).items() if file else ():
            if schema == GIVEN:
                found = _TABLE.search(text_at(task, "sql_task", "parameters", parameter))
                if found:
                    made[f"{found[1]}.{found[2]}"] = columns
    return made


def table_exists(view: View) -> Iterator[Finding]:
    """A table that a resource names in a schema of the bundle is one that is made there."""
    tables = known_tables(view)
    for key, _, task in tasks_of(view):
        for _, value in scalars(task):
            for schema, name in _tables_in(value.text):
                names = _inputs(view, key) if name == _EACH_INPUT else [name]
                for table in names:
                    if f"{schema}.{table}" not in tables:
                        remedy = nearest(f"{schema}.{table}", tables) or "See docs/datasets.md."
                        yield Finding("table-exists", value.where, f"Nobody makes '{schema}.{table}'", remedy)


def _tables_in(text: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in _TABLE.finditer(text)]


def _inputs(view: View, job: str) -> list[str]:
    tasks = items_at(find(view.merged, "resources", "jobs", job), "tasks")
    return [name for task in tasks for name in inputs_of(task) or ()]


def selection_exists(view: View) -> Iterator[Finding]:
    """What a task refreshes is a data set."""
    tables = known_tables(view)
    for job in members(view.rendered, "jobs").values():
        for task in items_at(job, "tasks"):
            for field in _SELECTIONS:
                for item in items_at(task, "pipeline_task", field):
                    yield from _unknown_table("selection-exists", item, tables, _layers(view))


def trigger_exists(view: View) -> Iterator[Finding]:
    """What a job waits for is a table that is made."""
    tables = known_tables(view)
    for job in members(view.rendered, "jobs").values():
        for item in items_at(job, "trigger", "table_update", "table_names"):
            yield from _unknown_table("trigger-exists", item, tables, _layers(view))


def _layers(view: View) -> dict[str, str]:
    """Keys of schemas by their names in this target."""
    return {text_at(schema, "name"): key for key, schema in members(view.rendered, "schemas").items()}


def _unknown_table(
    rule: str, item: Node, tables: Mapping[str, frozenset[str]], layers: Mapping[str, str]
) -> Iterator[Finding]:
    if not isinstance(item, Scalar) or "{{" in item.text:
        return
    *schemas, table = item.text.split(".")
    schema = layers.get(schemas[-1], schemas[-1]) if schemas else ""
    known = {name.partition(".")[2]: name for name in tables}
    if table not in known or (schema not in {"", "validation"} and f"{schema}.{table}" not in tables):
        remedy = nearest(f"{schema}.{table}" if schema else table, tables if schema else known)
        what = f"No pipeline makes '{f'{schema}.' if schema else ''}{table}'"
        yield Finding(rule, item.where, what, remedy or "See docs/datasets.md.")


def query_runs_on_known_tables(view: View) -> Iterator[Finding]:
    """SQL of jobs, dashboards and alerts reads tables and columns that are made."""
    tables = known_tables(view)
    for query in _queries(view):
        for line, what, remedy in mistakes(query, tables):
            yield Finding("query-names-exist", SourceLocation(query.file, line), what, remedy)


def _queries(view: View) -> Iterator[Query]:
    for file in sorted((view.root / "jobs").rglob("*.sql")):
        yield Query(file.read_text(encoding="utf-8"), str(file), 1, "")
    for key, dashboard in members(view.written, "dashboards").items():
        schema = text_at(dashboard, "dataset_schema").split(".")
        layer = schema[2] if schema[:1] == ["${resources"] else ""
        for file in sorted((view.root / "dashboards" / key).rglob("*.sql")):
            yield Query(file.read_text(encoding="utf-8"), str(file), 1, layer)
    for alert in members(view.written, "alerts").values():
        text = find(alert, "query_text")
        if isinstance(text, Scalar):
            yield Query(_with_layers(text.text, view), text.where.file, text.where.line + 1, "")


def _with_layers(text: str, view: View) -> str:
    for key in members(view.written, "schemas"):
        text = text.replace(f"${{resources.schemas.{key}.name}}", key)
    return text.replace("${var.catalog}", CATALOG)
