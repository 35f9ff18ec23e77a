"""Resolves `${...}` references of a bundle to local values."""

from __future__ import annotations

import getpass
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError, nearest
from dlt_local.project.node_kinds import as_scalar
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dlt_local.project.bundle import Bundle
    from dlt_local.source_location import SourceLocation

_REFERENCE = re.compile(r"\$\{([^${}]*)\}")
_FOLDERS_OF_THE_BUNDLE = frozenset({"file_path", "root_path"})
_NAMES_OF_THE_USER = frozenset({"current_user.userName", "current_user.short_name"})
_LANDING_VOLUME = "landing"
_VOLUME_PATH = re.compile(r"\$\{resources\.volumes\.([^.${}]+)\.volume_path\}")


@dataclass(frozen=True, slots=True)
class References:
    """What the references of one bundle mean on this machine; volumes become the landing folder."""

    bundle: Bundle
    landing: Path | None
    landing_volume: str = _LANDING_VOLUME

    def resolve(self, node: Node, seen: tuple[str, ...] = ()) -> Node:
        """The value with every reference in it replaced; a lone reference may stand for a mapping or a list."""
        if isinstance(node, MapNode):
            return replace(node, entries={key: self.resolve(value, seen) for key, value in node.entries.items()})
        if isinstance(node, ListNode):
            return replace(node, items=tuple(self.resolve(item, seen) for item in node.items))
        alone = _REFERENCE.fullmatch(node.text)
        if alone:
            found = self._value(alone[1], node.where, seen)
            return replace(found, where=node.where) if isinstance(found, Scalar) else found
        return replace(node, text=_REFERENCE.sub(lambda match: self._text(match[1], node.where, seen), node.text))

    def _text(self, reference: str, where: SourceLocation, seen: tuple[str, ...]) -> str:
        return as_scalar(self._value(reference, where, seen), f"${{{reference}}}").text

    def _value(self, reference: str, where: SourceLocation, seen: tuple[str, ...]) -> Node:
        if reference in seen:
            chain = " -> ".join((*seen, reference))
            raise PipelineError(f"References go round in a circle: {chain}", where=where)
        return self.resolve(self._found(reference.split("."), where), (*seen, reference))

    def _found(self, parts: list[str], where: SourceLocation) -> Node:
        match parts:
            case ["var", name]:
                return self._variable(name, where)
            case ["bundle", ("target" | "environment" | "mode") as field]:
                return Scalar(self.bundle.mode if field == "mode" else self.bundle.target, "str", where)
            case ["workspace", *fields]:
                return Scalar(self._workspace(".".join(fields), where), "str", where)
            case ["resources", "volumes", key, "volume_path"]:
                return Scalar(self._volume(key, where), "str", where)
            case ["resources", _, _, "id"]:
                raise _no_local_value(".".join(parts), where)
        return self._configured(parts, where)

    def _variable(self, name: str, where: SourceLocation) -> Node:
        variables = self.bundle.config.get("variables")
        declared = variables.entries if isinstance(variables, MapNode) else {}
        if name not in declared:
            raise _undefined(f"var.{name}", declared, where, prefix="var")
        from_environment = os.environ.get(f"BUNDLE_VAR_{name}")
        if from_environment is not None:
            return Scalar(from_environment, "str", where)
        fields = declared[name]
        value = fields.get("default") if isinstance(fields, MapNode) else None
        if value is None:
            remedy = f"Give it a default, or set BUNDLE_VAR_{name}."
            raise PipelineError(f"Variable '{name}' has no value for local runs", where=where, remedy=remedy)
        return value

    def _workspace(self, field: str, where: SourceLocation) -> str:
        if field in _FOLDERS_OF_THE_BUNDLE:
            return str(self.bundle.root)
        if field in _NAMES_OF_THE_USER:
            return getpass.getuser()
        raise _no_local_value(f"workspace.{field}", where)

    def _volume(self, key: str, where: SourceLocation) -> str:
        volumes = self._configured(["resources", "volumes"], where)
        keys = tuple(volumes.entries) if isinstance(volumes, MapNode) else ()
        if key not in keys:
            raise _undefined(f"resources.volumes.{key}.volume_path", keys, where, prefix="resources.volumes")
        if len(keys) > 1 and key != self.landing_volume:
            remedy = "Set the configuration key that uses it by --set key=value."
            raise PipelineError(
                f"Only the volume '{self.landing_volume}' has a local folder", where=where, remedy=remedy
            )
        return str(self._landing_folder(key, where))

    def _landing_folder(self, key: str, where: SourceLocation) -> Path:
        if self.landing is None:
            remedy = "Give the folder by --landing DIR."
            raise PipelineError(f"Volume '{key}' has no local folder yet", where=where, remedy=remedy)
        return self.landing

    def _configured(self, parts: list[str], where: SourceLocation) -> Node:
        node: Node = self.bundle.config
        for depth, part in enumerate(parts):
            known = node.entries if isinstance(node, MapNode) else {}
            if part not in known:
                raise _undefined(".".join(parts), known, where, prefix=".".join(parts[:depth]))
            node = known[part]
        return node


def landing_volume(node: Node) -> str:
    """The volume that the landing folder stands for: the only one that the node refers to, else `landing`."""
    volumes = set(_volumes(node))
    return volumes.pop() if len(volumes) == 1 else _LANDING_VOLUME


def _volumes(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield from _VOLUME_PATH.findall(node.text)
    else:
        for child in node.entries.values() if isinstance(node, MapNode) else node.items:
            yield from _volumes(child)


def _undefined(reference: str, known: Iterable[str], where: SourceLocation, *, prefix: str) -> PipelineError:
    """`known` are the names that exist after `prefix`."""
    part = reference.removeprefix(prefix).lstrip(".").split(".")[0]
    remedy = nearest(part, known)
    return PipelineError(f"Reference '${{{reference}}}' is not defined in the bundle", where=where, remedy=remedy)


def _no_local_value(reference: str, where: SourceLocation) -> PipelineError:
    remedy = "Set the configuration key that uses it by --set key=value."
    return PipelineError(f"'${{{reference}}}' exists only in a workspace", where=where, remedy=remedy)
