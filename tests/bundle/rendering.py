"""One target's configuration as the CLI resolves it; `python -m tests.bundle.rendering` writes the golden files.

Deployed by `someone` in development and by the service principal otherwise. Ids of resources stay references, because
only a deployment knows them; names of resources are resolved here already, although the CLI does it while it deploys.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dlt_local.project.bundle import Bundle, read_bundle
from dlt_local.project.yaml_nodes import MapNode, Node
from tests.bundle.defaults import (
    with_defaults,
    with_grants,
    with_permissions,
    with_remote_paths,
    with_run_as,
    with_workspace_paths,
    without_targets,
)
from tests.bundle.modes import check_mode, with_presets, with_presets_of_mode
from tests.bundle.references import RUNNER, USER, known_values, names_of_resources, resolved, variable_value
from tests.bundle.tree import entries_at, mapping, plain

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden")
TARGETS = ("dev", "ci", "staging", "prod")
_FIRST = ("bundle", "workspace", "run_as", "permissions", "presets", "variables", "sync", "resources")


def rendered(target: str, root: Path = ROOT) -> MapNode:
    """The configuration of a target; PipelineError for what the CLI refuses."""
    bundle = read_bundle(root.resolve(), target=target)
    return completed(bundle, resolved_variables(bundle))


def resolved_variables(bundle: Bundle) -> MapNode:
    """The configuration of a target as written, with variables replaced and nothing added to resources."""
    config = with_workspace_paths(_with_values_of_variables(bundle.config))
    return _resolved(config, bundle.target, bundle.mode, _deployer(bundle.mode))


def completed(bundle: Bundle, config: MapNode) -> MapNode:
    """That configuration with all that the CLI adds."""
    mode, target = bundle.mode, bundle.target
    deployer = _deployer(mode)
    config = with_presets_of_mode(config, mode, deployer)
    check_mode(config, target, mode, deployer)
    config = with_grants(with_defaults(with_presets(with_run_as(config))))
    config = with_permissions(config, deployer)
    config = without_targets(with_remote_paths(config, bundle.root))
    config = _as_map(resolved(config, names_of_resources(config)))
    named = {"name": entries_at(config, "bundle")["name"], "target": target, "mode": mode}
    about = mapping({**named, **entries_at(config, "bundle")}, config.where)
    return MapNode({**config.entries, "bundle": about}, config.where)


def _deployer(mode: str) -> str:
    return RUNNER if mode == "production" else USER


def _with_values_of_variables(config: MapNode) -> MapNode:
    variables: dict[str, Node] = {
        name: mapping({"default": variable_value(config, name, node.where)}, node.where)
        for name, node in entries_at(config, "variables").items()
    }
    return MapNode({**config.entries, "variables": MapNode(variables, config.where)}, config.where)


def _resolved(config: MapNode, target: str, mode: str, deployer: str) -> MapNode:
    """Everything but `targets`, whose other members mean nothing here."""
    look = known_values(config, target=target, mode=mode, deployer=deployer)
    parts = {key: node if key == "targets" else resolved(node, look) for key, node in config.entries.items()}
    return MapNode(parts, config.where)


def golden_text(target: str, root: Path = ROOT) -> str:
    """The golden file of a target: resources sorted by type and key, their fields in the order of the files."""
    config: dict[str, Any] = plain(rendered(target, root))
    ordered = {key: config.pop(key) for key in _FIRST if key in config} | config
    ordered["resources"] = {
        group: dict(sorted(members.items())) for group, members in sorted(ordered.get("resources", {}).items())
    }
    header = (
        f"# The bundle as target {target} gets it. Made by `python -m tests.bundle.rendering`; do not edit.\n"
        f"# Deployed by {USER if ordered['bundle']['mode'] == 'development' else 'the service principal'}; "
        "ids stay references, <name> is a variable that the deployer gives.\n"
    )
    return header + yaml.dump(ordered, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Without anchors; texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _as_map(node: Node) -> MapNode:
    if not isinstance(node, MapNode):
        raise TypeError("a bundle is a mapping")
    return node


def main() -> None:
    """Write the golden file of every target."""
    GOLDEN.mkdir(exist_ok=True)
    for target in TARGETS:
        (GOLDEN / f"{target}.yml").write_text(golden_text(target), encoding="utf-8")


if __name__ == "__main__":
    main()
