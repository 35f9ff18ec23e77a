"""The fitness package stands alone, and every data set of the pipeline declares its columns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PIPELINES = Path(__file__).parents[2] / "dlt_pipelines"
MODULES = sorted((PIPELINES / "fitness").glob("*.py"))
DECLARATIONS = sorted(path for layer in ("bronze", "silver", "gold") for path in (PIPELINES / layer).glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_fitness_imports_neither_pipeline_nor_runtime(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith(("dlt", "pyspark.pipelines"))}


@pytest.mark.parametrize("path", DECLARATIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_data_set_is_named_by_its_function(path: Path) -> None:
    for function in functions(path):
        assert declared_names(function) in ([], [function.name])


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]


def declared_names(function: ast.FunctionDef) -> list[str]:
    """What `name=silver("...")` of a table's decorator says; a flow is named by itself."""
    calls = [node for node in function.decorator_list if isinstance(node, ast.Call)]
    keywords = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "name"]
    return [str(ast.literal_eval(value.args[0])) for value in keywords if isinstance(value, ast.Call)]
