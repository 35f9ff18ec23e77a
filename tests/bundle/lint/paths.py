"""Rules about local files that resources name."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.project.libraries import SOURCES, files_below
from dlt_local.project.yaml_nodes import Scalar
from dlt_local.source_location import SourceLocation
from tests.bundle.lint.findings import Finding
from tests.bundle.tree import find, items_at, members, resources, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.lint.view import View

_FIELDS = frozenset({"file_path", "python_file", "notebook_path", "root_path", "path", "project_directory"})
_PIPELINE_MODULES = frozenset({"dlt", "pyspark.pipelines"})


def path_exists(view: View) -> Iterator[Finding]:
    """A relative path is relative to the file that holds it, and something is there."""
    for group, key, resource in resources(view.merged):
        for path, value in scalars(resource):
            if path[-1] in _FIELDS and _is_relative(value) and not _local(value).exists():
                what = f"'{path[-1]}' of '{group}.{key}': there is no {_shown(_local(value), view)}"
                yield Finding("path-exists", value.where, what, "Paths are relative to the file that holds them.")


def glob_hits(view: View) -> Iterator[Finding]:
    """A glob of a pipeline hits files, and each of them declares something: utilities would run as sources."""
    for key, pipeline in members(view.merged, "pipelines").items():
        for item in items_at(pipeline, "libraries"):
            include = find(item, "glob", "include")
            if isinstance(include, Scalar):
                yield from _glob_findings(key, include, view)


def _glob_findings(key: str, include: Scalar, view: View) -> Iterator[Finding]:
    files = _globbed(include)
    if not files:
        what = f"'{include.text}' of pipeline '{key}' hits no source file"
        yield Finding("glob-hits", include.where, what, "Name a folder as '<folder>/**' or one file.")
    for file in files:
        if not declares_something(file):
            what = f"'{include.text}' of pipeline '{key}' hits {_shown(file, view)}, which declares no data set"
            yield Finding("glob-hits", include.where, what, "Move the file to a folder that no glob hits.")


def _globbed(include: Scalar) -> list[Path]:
    if include.text.endswith("/**"):
        folder = _local(Scalar(include.text.removesuffix("/**"), "str", include.where))
        return sorted(files_below(folder)) if folder.is_dir() else []
    file = _local(include)
    return [file] if file.is_file() and file.suffix in SOURCES else []


def declares_something(file: Path) -> bool:
    """Whether a source file calls the pipeline interface, or is SQL that creates something."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".sql":
        return (
            re.search(r"^\s*(CREATE|INSERT|AUTO CDC|APPLY CHANGES)\b", text, re.IGNORECASE | re.MULTILINE) is not None
        )
    tree = ast.parse(text)
    aliases = set(_aliases(tree))
    return any(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases
        for node in ast.walk(tree)
    )


def _aliases(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.asname or name.name for name in node.names if name.name in _PIPELINE_MODULES)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                name.asname or name.name for name in node.names if f"{node.module}.{name.name}" in _PIPELINE_MODULES
            )


def imports_below_root_path(view: View) -> Iterator[Finding]:
    """Sources import from `root_path`, so it lies above every file that a glob hits."""
    for key, pipeline in members(view.merged, "pipelines").items():
        root = find(pipeline, "root_path")
        if not isinstance(root, Scalar):
            what = f"Pipeline '{key}' has no root_path"
            yield Finding("imports-below-root-path", pipeline.where, what, "Name the folder that sources import from.")
            continue
        for item in items_at(pipeline, "libraries"):
            include = find(item, "glob", "include")
            if isinstance(include, Scalar) and not _local(include).is_relative_to(_local(root)):
                what = f"'{include.text}' lies outside of the root_path of pipeline '{key}'"
                yield Finding("imports-below-root-path", include.where, what, "Choose a folder below root_path.")


def literal_schema_in_code(view: View) -> Iterator[Finding]:
    """Code names tables through the settings: a developer's schemas have other names."""
    for folder in ("dlt_pipelines", "jobs"):
        for path in sorted((view.root / folder).rglob("*.py")):
            for line, text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                for name in re.findall(r"\b\w+\.\w+\b", text):
                    if name in view.facts.columns:
                        where = SourceLocation(str(path), line)
                        remedy = "Take the schema from the configuration or a parameter."
                        yield Finding("literal-schema", where, f"The code names '{name}' with its schema", remedy)


def import_path_untouched(view: View) -> Iterator[Finding]:
    """Sources find modules below `root_path`; a changed sys.path holds for one file only, and not on every compute."""
    for path in sorted((view.root / "dlt_pipelines").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(r"\bsys\.path\b|^\s*%run\b", line):
                where = SourceLocation(str(path), number)
                remedy = "Put the module below root_path and import it."
                yield Finding("import-path-untouched", where, "The line changes where imports are found", remedy)


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every constant of the code that is no docstring."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def _is_relative(value: Scalar) -> bool:
    return bool(value.text) and not value.text.startswith(("/", "${", "~"))


def _local(value: Scalar) -> Path:
    return (Path(value.where.file).parent / value.text).resolve()


def _shown(path: Path, view: View) -> str:
    return path.relative_to(view.root).as_posix() if path.is_relative_to(view.root) else str(path)
