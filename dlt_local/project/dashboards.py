"""The dashboards of a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.bundle import read_bundle
from dlt_local.project.names import identifier
from dlt_local.project.node_kinds import as_map, as_scalar
from dlt_local.project.references import References

if TYPE_CHECKING:
    from dlt_local.project.yaml_nodes import MapNode


@dataclass(frozen=True, slots=True)
class DashboardSpec:
    """A dashboard of a bundle: its file, and the catalogue and schema of tables that its SQL names without them."""

    name: str
    title: str
    file: Path
    catalog: str | None
    schema: str | None


def load_dashboards(bundle_root: Path, *, target: str | None = None) -> tuple[DashboardSpec, ...]:
    """Every dashboard that the bundle defines, in the order of its files."""
    bundle = read_bundle(bundle_root.resolve(), target=target)
    resources = bundle.config.get("resources")
    dashboards = as_map(resources, "resources").get("dashboards") if resources else None
    if dashboards is None:
        return ()
    references = References(bundle, landing=None)
    entries = as_map(dashboards, "dashboards").entries
    return tuple(_spec(name, as_map(node, f"dashboards.{name}"), references) for name, node in entries.items())


def _spec(name: str, fields: MapNode, references: References) -> DashboardSpec:
    title = _text(fields, "display_name", references)
    return DashboardSpec(
        name=name,
        title=title or name,
        file=_file(name, fields, references),
        catalog=_name(fields, "dataset_catalog", references),
        schema=_name(fields, "dataset_schema", references),
    )


def _file(name: str, fields: MapNode, references: References) -> Path:
    node = fields.get("file_path")
    if node is None:
        remedy = "Keep the dashboard in a .lvdash.json file and name it by 'file_path'."
        raise PipelineError(f"Dashboard '{name}' has no 'file_path'", where=fields.where, remedy=remedy)
    path = as_scalar(references.resolve(node), "file_path")
    file = (Path(path.where.file).parent / path.text).resolve()
    if not file.is_file():
        raise PipelineError(f"Dashboard '{name}': no file {file}", where=path.where)
    return file


def _text(fields: MapNode, field: str, references: References) -> str | None:
    node = fields.get(field)
    return as_scalar(references.resolve(node), field).text if node else None


def _name(fields: MapNode, field: str, references: References) -> str | None:
    node = fields.get(field)
    return identifier(as_scalar(references.resolve(node), field), field) if node else None
