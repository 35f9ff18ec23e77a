"""Pipelines without a bundle: a folder of source files, one source file, or an open-source pipeline file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.configuration import configuration
from dlt_local.project.libraries import SOURCES, files_below, library_files
from dlt_local.project.names import identifier
from dlt_local.project.node_kinds import as_scalar, refuse_unknown
from dlt_local.project.pipeline_fields import OPEN_SOURCE
from dlt_local.project.spec import PipelineSpec
from dlt_local.project.yaml_nodes import MapNode, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN_SOURCE_FILES = ("spark-pipeline.yml", "spark-pipeline.yaml")
_CATALOG = "spark_catalog"
_SCHEMA = "default"


def pipeline_from_folder(path: Path, *, settings: Mapping[str, str] | None = None) -> PipelineSpec:
    """All Python and SQL files below a folder, or one file; names resolve against `spark_catalog.default`."""
    place = path.resolve()
    if not place.exists():
        raise PipelineError(f"No file or folder {place}")
    files = files_below(place) if place.is_dir() else [place]
    if not files or any(file.suffix not in SOURCES for file in files):
        missing, wrong = f"No Python or SQL file in {place}", f"{place} is not a Python or SQL file"
        raise PipelineError(missing if place.is_dir() else wrong)
    return PipelineSpec(
        name=place.stem,
        catalog=_CATALOG,
        schema=_SCHEMA,
        root_path=place if place.is_dir() else place.parent,
        source_files=tuple(files),
        configuration=dict(settings or {}),
        defined_in=place,
    )


def pipeline_from_open_source_file(file: Path, *, settings: Mapping[str, str] | None = None) -> PipelineSpec:
    """The pipeline in a `spark-pipeline.yml`, the form that open-source `spark-pipelines` takes."""
    fields = read_yaml(file.resolve())
    refuse_unknown(fields, "An open-source pipeline file", OPEN_SOURCE)
    schema = fields.get("database") or fields.get("schema")
    catalog = fields.get("catalog")
    return PipelineSpec(
        name=_name(fields, file),
        catalog=identifier(as_scalar(catalog, "catalog"), "catalog") if catalog else _CATALOG,
        schema=identifier(as_scalar(schema, "schema"), "schema") if schema else _SCHEMA,
        root_path=file.resolve().parent,
        source_files=library_files(fields, str(file)),
        configuration=configuration(fields.get("configuration"), settings or {}, lambda node: node),
        defined_in=file.resolve(),
    )


def storage_folder(file: Path) -> Path | None:
    """The local folder that an open-source pipeline file names as its `storage`."""
    node = read_yaml(file.resolve()).get("storage")
    if node is None:
        return None
    storage = as_scalar(node, "storage")
    scheme, separator, rest = storage.text.partition("://")
    if not separator:
        return (file.resolve().parent / storage.text.removeprefix("file:")).resolve()
    if scheme != "file":
        raise PipelineError(
            f"Storage '{storage.text}' is not a local folder", where=storage.where, remedy="Give one by --state DIR."
        )
    return Path(rest)


def open_source_file(folder: Path) -> Path | None:
    """The open-source pipeline file in a folder, None if there is none."""
    return next((folder / name for name in OPEN_SOURCE_FILES if (folder / name).is_file()), None)


def _name(fields: MapNode, file: Path) -> str:
    name = fields.get("name")
    return as_scalar(name, "name").text if name else file.resolve().parent.name
