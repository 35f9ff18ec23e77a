"""One pipeline of a bundle, resolved for this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError, nearest
from dlt_local.project.bundle import Bundle, read_bundle
from dlt_local.project.configuration import configuration
from dlt_local.project.libraries import library_files
from dlt_local.project.names import identifier
from dlt_local.project.node_kinds import as_bool, as_map, as_scalar, refuse_unknown
from dlt_local.project.pipeline_fields import OF_A_PIPELINE
from dlt_local.project.references import References, landing_volume
from dlt_local.project.spec import PipelineSpec
from dlt_local.project.yaml_nodes import MapNode, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESOLVED_HERE = ("catalog", "schema", "target", "root_path", "libraries", "continuous")


def load_pipeline(
    *,
    bundle_root: Path,
    pipeline: str | None = None,
    landing: Path | None = None,
    settings: Mapping[str, str] | None = None,
    target: str | None = None,
    landing_required: bool = True,
) -> PipelineSpec:
    """A pipeline by its resource key; without one, the bundle's main pipeline.

    That is the only one, else the only one that is not continuous, else the one that is called like the bundle.
    `landing` is the local folder of the landing volume, by default `landing` in the bundle's folder; unless
    `landing_required`, it need not exist. `settings` replace configuration keys.
    """
    bundle = read_bundle(bundle_root.resolve(), target=target)
    references = References(bundle, _landing_folder(landing, bundle.root, required=landing_required))
    pipelines = _pipelines(bundle)
    name = pipeline or _default_pipeline(pipelines, bundle, references)
    if name not in pipelines:
        known = ", ".join(pipelines) or "none"
        raise PipelineError(f"{bundle.file} has no pipeline '{name}'; it has {known}", remedy=nearest(name, pipelines))
    fields = as_map(pipelines[name], f"pipelines.{name}")
    refuse_unknown(fields, f"Pipeline '{name}'", OF_A_PIPELINE)
    own_volume = replace(references, landing_volume=landing_volume(fields))
    return _spec(name, fields, own_volume, settings or {})


def pipeline_folder(bundle_root: Path, pipeline: str) -> Path | None:
    """The root_path of a pipeline by its resource key; None if the bundle has no such pipeline."""
    bundle = read_bundle(bundle_root.resolve())
    resources = bundle.config.get("resources")
    pipelines = as_map(resources, "resources").get("pipelines") if resources else None
    node = as_map(pipelines, "pipelines").get(pipeline) if pipelines else None
    if node is None:
        return None
    root_path = as_map(node, f"pipelines.{pipeline}").get("root_path")
    return _root_path(References(bundle, landing=None).resolve(root_path) if root_path else None, bundle.root)


def _landing_folder(given: Path | None, bundle_root: Path, *, required: bool) -> Path | None:
    """None leaves the error to the first reference that needs the folder."""
    folder = (given or bundle_root / "landing").resolve()
    if not required:
        return folder
    if given is None and not folder.exists():
        return None
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise PipelineError(f"Landing folder {folder} {what}", remedy="Give an existing folder by --landing DIR.")
    if not any(folder.iterdir()):
        raise PipelineError(
            f"Landing folder {folder} is empty", remedy="Put files there, or give another one by --landing DIR."
        )
    return folder


def _spec(name: str, fields: MapNode, references: References, settings: Mapping[str, str]) -> PipelineSpec:
    resolved = {key: references.resolve(fields.entries[key]) for key in _RESOLVED_HERE if fields.get(key)}
    known = MapNode(resolved, fields.where)
    schema = known.get("schema") or known.get("target")
    return PipelineSpec(
        name=name,
        catalog=identifier(_required(known, "catalog", name), "catalog"),
        schema=identifier(as_scalar(schema, "schema"), "schema") if schema else "default",
        root_path=_root_path(known.get("root_path"), references.bundle.root),
        source_files=library_files(known, f"Pipeline '{name}'"),
        configuration=configuration(fields.get("configuration"), settings, references.resolve),
        defined_in=Path(fields.where.file),
        continuous=as_bool(known.get("continuous"), "continuous"),
    )


def _required(fields: MapNode, field: str, name: str) -> Scalar:
    node = fields.get(field)
    if node is None:
        raise PipelineError(f"Pipeline '{name}' has no '{field}'", where=fields.where)
    return as_scalar(node, field)


def _root_path(node: Node | None, bundle_root: Path) -> Path:
    if node is None:
        return bundle_root
    scalar = as_scalar(node, "root_path")
    folder = (Path(scalar.where.file).parent / scalar.text).resolve()
    if not folder.is_dir():
        raise PipelineError(f"root_path '{scalar.text}': no folder {folder}", where=scalar.where)
    return folder


def _pipelines(bundle: Bundle) -> Mapping[str, Node]:
    resources = bundle.config.get("resources")
    pipelines = as_map(resources, "resources").get("pipelines") if resources else None
    if pipelines is None:
        remedy = "Check that 'include' names its resource files."
        raise PipelineError(f"{bundle.file} defines no pipeline", remedy=remedy)
    return as_map(pipelines, "pipelines").entries


def _default_pipeline(pipelines: Mapping[str, Node], bundle: Bundle, references: References) -> str:
    if len(pipelines) == 1:
        return next(iter(pipelines))
    triggered = [name for name, node in pipelines.items() if not _is_continuous(node, references)]
    if len(triggered) == 1:
        return triggered[0]
    name = _bundle_name(bundle)
    if name is None or name not in pipelines:
        raise PipelineError(
            f"{bundle.file} has the pipelines {', '.join(pipelines)}", remedy="Choose one by --pipeline NAME."
        )
    return name


def _bundle_name(bundle: Bundle) -> str | None:
    described = bundle.config.get("bundle")
    name = described.get("name") if isinstance(described, MapNode) else None
    return as_scalar(name, "bundle.name").text if name else None


def _is_continuous(node: Node, references: References) -> bool:
    value = node.get("continuous") if isinstance(node, MapNode) else None
    return as_bool(references.resolve(value), "continuous") if value else False
