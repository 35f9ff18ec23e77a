"""Rules about what tasks hand to the files that they run."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.project.yaml_nodes import Scalar
from tests.bundle.lint.findings import Finding
from tests.bundle.tree import entries_at, find, items_at, members, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.project.yaml_nodes import Node
    from tests.bundle.lint.view import View

_NO_SQL = re.compile(r"--[^\n]*|'(?:[^']|'')*'|/\*.*?\*/", re.DOTALL)
_MARKER = re.compile(r"(?<![\w:)\]]):([A-Za-z_]\w*)")


def tasks_of(view: View) -> Iterator[tuple[str, Node, Node]]:
    """Key of the job, the job, and each of its tasks, also those that run for each of several inputs."""
    for key, job in members(view.merged, "jobs").items():
        for task in items_at(job, "tasks"):
            yield key, job, task
            inner = find(task, "for_each_task", "task")
            if inner is not None:
                yield key, job, inner


def local_file(path: Node | None) -> Path | None:
    """The file of this repository that a relative path names, if it is there."""
    if not isinstance(path, Scalar) or path.text.startswith(("/", "${")):
        return None
    file = (Path(path.where.file).parent / path.text).resolve()
    return file if file.is_file() else None


def sql_parameter_given(view: View) -> Iterator[Finding]:
    """Each parameter of a SQL file gets a value, and each value has its parameter."""
    for key, job, task in tasks_of(view):
        path = find(task, "sql_task", "file", "path")
        file = local_file(path)
        if path is None or file is None:
            continue
        wanted = set(_MARKER.findall(_NO_SQL.sub(" ", file.read_text(encoding="utf-8"))))
        given = entries_at(task, "sql_task", "parameters")
        of_the_job = {text_at(item, "name") for item in items_at(job, "parameters")}
        for name in sorted(wanted - set(given) - of_the_job):
            what = f"Job '{key}' gives no value for :{name} of {file.name}"
            yield Finding("sql-parameter-given", path.where, what, "Add it to the task's parameters.")
        for name in sorted(set(given) - wanted):
            what = f"{file.name} has no parameter :{name} (job '{key}')"
            yield Finding("sql-parameter-given", given[name].where, what, nearest(name, wanted) or "Remove it.")


def script_option_known(view: View) -> Iterator[Finding]:
    """Each option that a task gives to a script exists there, and each that the script requires is given."""
    for key, _, task in tasks_of(view):
        path = find(task, "spark_python_task", "python_file")
        file = local_file(path)
        if path is None or file is None:
            continue
        options = _options(file)
        given = {
            item.text.partition("=")[0]: item
            for item in items_at(task, "spark_python_task", "parameters")
            if isinstance(item, Scalar) and item.text.startswith("--")
        }
        for name, item in given.items():
            if name not in options:
                remedy = nearest(name, options) or f"It has {', '.join(sorted(options)) or 'none'}."
                what = f"{file.name} has no option {name} (job '{key}')"
                yield Finding("script-option-known", item.where, what, remedy)
        for name in sorted(name for name, required in options.items() if required and name not in given):
            what = f"Job '{key}' does not give {name} to {file.name}"
            yield Finding("script-option-known", path.where, what, "Add it to the task's parameters.")


def _options(file: Path) -> dict[str, bool]:
    """The options of a script's argument parser, and whether each must be given."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return {
        argument.value: any(
            word.arg == "required" and isinstance(word.value, ast.Constant) and word.value.value is True
            for word in call.keywords
        )
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value.startswith("--")
    }


def inputs_readable(view: View) -> Iterator[Finding]:
    """The inputs of a task that runs for each of them are a JSON array, or a reference to one."""
    for key, job in members(view.merged, "jobs").items():
        for task in items_at(job, "tasks"):
            inputs = find(task, "for_each_task", "inputs")
            if isinstance(inputs, Scalar) and "{{" not in inputs.text and inputs_of(task) is None:
                what = f"Inputs of task '{text_at(task, 'task_key')}' of job '{key}' are no JSON array"
                yield Finding("inputs-readable", inputs.where, what, 'Write them as \'["a", "b"]\'.')


def inputs_of(task: Node) -> list[str] | None:
    """The inputs of such a task, None if they are not written here."""
    try:
        found = json.loads(text_at(task, "for_each_task", "inputs"))
    except ValueError:
        return None
    return [str(item) for item in found] if isinstance(found, list) else None
