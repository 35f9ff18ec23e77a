"""Deploys the rendered configuration of a target through the SDK, in the order in which the CLI does it.

What was deployed is kept in the workspace, below the bundle's `state`, as the CLI keeps it: a second deployment creates
and changes only what differs, and deletes what the configuration no longer has.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from databricks.sdk.errors import NotFound

from tests.bundle.deployed_resources import GROUPS
from tests.bundle.lint.sync import local_files, matches
from tests.bundle.rendering import ROOT, rendered
from tests.bundle.tree import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from databricks.sdk import WorkspaceClient

_REFERENCE = re.compile(r"\$\{resources\.([^.}]+)\.([^.}]+)\.id\}")
_ID_ALONE = {"jobs"}
# What the CLI itself looks at; no API takes it.
_OF_THE_CLI = frozenset({"lifecycle", "cascade_on_destroy"})


class ResourceKeptError(Exception):
    """The configuration forbids to delete a resource."""


@dataclass
class Deployment:
    """One target in one workspace."""

    client: WorkspaceClient
    config: Mapping[str, Any]
    root: Path = ROOT
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_target(cls, client: WorkspaceClient, target: str, root: Path = ROOT) -> Deployment:
        """The configuration of a target as `tests.bundle.rendering` makes it."""
        return cls(client, plain(rendered(target, root)), root)

    def deploy(self) -> list[str]:
        """Files, then resources; what was done, as `create pipelines.fitness_lakehouse`."""
        before = self._state()
        self._upload_files()
        done = [*self._delete(key for key in reversed(before) if key not in dict(self._resources()))]
        after: dict[str, Any] = {}
        for key, fields in self._resources():
            done += self._bring_about(key, self._with_ids(fields), before.get(key), after)
            self._write_state(after)
        self._share_folder()
        return done

    def destroy(self) -> None:
        """Everything that was deployed, and the folder with the files; refused if a resource must stay."""
        state = self._state()
        kept = [key for key, entry in state.items() if entry["state"].get("lifecycle", {}).get("prevent_destroy")]
        if kept:
            raise ResourceKeptError(f"{', '.join(kept)} must not be destroyed")
        self.ids = {key: entry["__id__"] for key, entry in state.items()}
        list(self._delete(list(reversed(state))))
        self.client.workspace.delete(self.config["workspace"]["root_path"], recursive=True)

    def _resources(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for group in GROUPS:
            for key, fields in sorted(self.config["resources"].get(group, {}).items()):
                yield f"{group}.{key}", self._with_file(group, fields)
        unknown = set(self.config["resources"]) - set(GROUPS)
        assert not unknown, f"Nobody deploys {', '.join(sorted(unknown))} here"

    def _with_file(self, group: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A dashboard with the text of its file."""
        if group != "dashboards":
            return fields
        text = (self.root / fields["file_path"]).read_text(encoding="utf-8")
        return {name: value for name, value in fields.items() if name != "file_path"} | {"serialized_dashboard": text}

    def _with_ids(self, value: Any) -> Any:
        """References to ids replaced; what is referred to has been deployed before."""
        if isinstance(value, dict):
            return {key: self._with_ids(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._with_ids(part) for part in value]
        if not isinstance(value, str):
            return value
        alone = _REFERENCE.fullmatch(value)
        if alone and alone[1] in _ID_ALONE:
            return int(self.ids[f"{alone[1]}.{alone[2]}"])
        return _REFERENCE.sub(lambda found: self.ids[f"{found[1]}.{found[2]}"], value)

    def _bring_about(
        self, key: str, fields: dict[str, Any], before: Mapping[str, Any] | None, after: dict[str, Any]
    ) -> Iterator[str]:
        group = GROUPS[key.partition(".")[0]]
        body = {name: value for name, value in fields.items() if name not in _OF_THE_CLI}
        if before is not None and not group.exists(self.client, before["__id__"]):
            before = None
        if before is None:
            self.ids[key] = group.create(self.client, body)
            yield f"create {key}"
        else:
            self.ids[key] = before["__id__"]
            if before["state"] != fields:
                group.update(self.client, self.ids[key], body)
                yield f"update {key}"
        if before is None or before["state"] != fields:
            group.share(self.client, self.ids[key], body)
        after[key] = {"__id__": self.ids[key], "state": fields}

    def _delete(self, keys: Any) -> Iterator[str]:
        state = self._state()
        for key in keys:
            entry = state[key]
            if entry["state"].get("lifecycle", {}).get("prevent_destroy"):
                raise ResourceKeptError(f"{key} must not be destroyed")
            GROUPS[key.partition(".")[0]].delete(self.client, entry["__id__"])
            yield f"delete {key}"

    def _upload_files(self) -> None:
        root = self.config["workspace"]["file_path"]
        files = list(uploaded_files(self.config, self.root))
        for folder in sorted({str(PurePosixPath(root, file).parent) for file in files} | {root}):
            self.client.workspace.mkdirs(folder)
        for file in files:
            self._upload(f"{root}/{file}", (self.root / file).read_bytes())
        if self.config["resources"].get("dashboards") or self.config["resources"].get("alerts"):
            self.client.workspace.mkdirs(self.config["workspace"]["resource_path"])

    def _upload(self, path: str, content: bytes) -> None:
        route = f"/api/2.0/workspace-files/import-file/{quote(path, safe='')}"
        headers = {"Content-Type": "application/octet-stream"}
        query = {"overwrite": "true"}
        self.client.api_client.do("POST", route, query=query, data=io.BytesIO(content), headers=headers)

    def _share_folder(self) -> None:
        if not self.config.get("permissions"):
            return
        folder = self.client.workspace.get_status(self.config["workspace"]["root_path"])
        body = {"access_control_list": [_access(entry) for entry in self.config["permissions"]]}
        self.client.api_client.do("PUT", f"/api/2.0/permissions/directories/{folder.object_id}", body=body)

    @property
    def _state_file(self) -> str:
        return f"{self.config['workspace']['state_path']}/resources.json"

    def _state(self) -> dict[str, Any]:
        try:
            self.client.workspace.get_status(self._state_file)
        except NotFound:
            return {}
        content = self.client.workspace.download(self._state_file).read()
        state: dict[str, Any] = json.loads(content)["state"]
        return {key.removeprefix("resources."): entry for key, entry in state.items()}

    def _write_state(self, state: Mapping[str, Any]) -> None:
        self.client.workspace.mkdirs(self.config["workspace"]["state_path"])
        named = {f"resources.{key}": entry for key, entry in state.items()}
        self._upload(self._state_file, json.dumps({"state_version": 2, "state": named}).encode())


def uploaded_files(config: Mapping[str, Any], root: Path) -> Iterator[str]:
    """What `sync` leaves of the files that git does not ignore."""
    sync = config.get("sync", {})
    for file in local_files(root):
        excluded = any(matches(pattern, file) for pattern in sync.get("exclude", []))
        if not excluded or any(matches(pattern, file) for pattern in sync.get("include", [])):
            yield file


def _access(entry: Mapping[str, str]) -> dict[str, str]:
    return {("permission_level" if name == "level" else name): value for name, value in entry.items()}
