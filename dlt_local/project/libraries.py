"""Finds the source files that a pipeline's `libraries` name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.node_kinds import as_items, as_map, as_scalar, refuse_unknown

if TYPE_CHECKING:
    from dlt_local.project.yaml_nodes import MapNode, Scalar
    from dlt_local.source_location import SourceLocation

SOURCES = frozenset({".py", ".sql"})
_ANY_DEPTH = "/**"
_WILDCARDS = frozenset("*?[")


def library_files(pipeline: MapNode, owner: str) -> tuple[Path, ...]:
    """Every source file of the libraries, sorted; paths are relative to the file that holds them."""
    files: set[Path] = set()
    for item in as_items(pipeline.get("libraries"), "libraries"):
        files.update(_files_of(as_map(item, "libraries"), owner))
    if not files:
        remedy = "Name its source files under 'libraries', as 'glob: {include: path/**}'."
        raise PipelineError(f"{owner} has no source files", where=pipeline.where, remedy=remedy)
    return tuple(sorted(files))


def files_below(folder: Path) -> list[Path]:
    """The Python and SQL files of a folder and the folders in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder))
    return [file for file in files if file.suffix in SOURCES]


def _files_of(library: MapNode, owner: str) -> list[Path]:
    refuse_unknown(library, f"A library of {owner}", {"glob", "file", "notebook", "jar", "maven", "whl"})
    for kind in ("notebook", "jar", "maven", "whl"):
        if library.get(kind) is not None:
            where = library.entries[kind].where
            raise PipelineError(f"Libraries of kind '{kind}' do not run locally", where=where, remedy="Use 'glob'.")
    if library.get("file") is not None:
        file = as_map(library.get("file"), "file")
        refuse_unknown(file, "'file'", {"path"})
        return [_single_file(as_scalar(file.get("path"), "path"))]
    glob = as_map(library.get("glob"), "glob")
    refuse_unknown(glob, "'glob'", {"include"})
    return _globbed(as_scalar(glob.get("include"), "include"))


def _globbed(include: Scalar) -> list[Path]:
    if not include.text.endswith(_ANY_DEPTH):
        return [_single_file(include)]
    folder = _path(include.text.removesuffix(_ANY_DEPTH), include.where)
    if not folder.is_dir():
        raise PipelineError(f"'{include.text}' hits nothing: no folder {folder}", where=include.where)
    files = files_below(folder)
    if not files:
        raise PipelineError(f"'{include.text}' hits nothing: no .py or .sql file below {folder}", where=include.where)
    return files


def _single_file(path: Scalar) -> Path:
    file = _path(path.text, path.where)
    if file.is_dir():
        remedy = f"For all files below it write '{path.text.rstrip('/')}{_ANY_DEPTH}'."
        raise PipelineError(f"'{path.text}' is a folder", where=path.where, remedy=remedy)
    if not file.is_file():
        raise PipelineError(f"'{path.text}' hits nothing: no file {file}", where=path.where)
    if file.suffix not in SOURCES:
        raise PipelineError(f"'{path.text}' is not a Python or SQL file", where=path.where)
    return file


def _path(text: str, where: SourceLocation) -> Path:
    if _WILDCARDS & set(text):
        remedy = f"A folder's files at any depth are '<folder>{_ANY_DEPTH}'; there is no other wildcard."
        raise PipelineError(f"Wildcards in '{text}'", where=where, remedy=remedy)
    return (Path(where.file).parent / text).resolve()


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
