"""The workspace's folders and files, as the CLI uploads them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Answer, Json, bad_request, conflict, missing
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace.identity import Identity

_ROOT = "/Workspace"


@dataclass
class Files:
    """Content by path, None for a folder; every path begins with `/Workspace`."""

    identity: Identity
    entries: dict[str, bytes | None] = field(default_factory=dict)
    _ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._mkdirs(self.home)
        self._mkdirs(f"{_ROOT}/Shared")

    @property
    def home(self) -> str:
        return f"{_ROOT}/Users/{self.identity.user_name}"

    def below(self, folder: str) -> dict[str, bytes]:
        """Files below a folder, by their path in it."""
        prefix = f"{folder.rstrip('/')}/"
        return {
            path.removeprefix(prefix): content
            for path, content in sorted(self.entries.items())
            if path.startswith(prefix) and content is not None
        }

    def has_folder(self, object_id: str) -> bool:
        return any(str(known) == object_id and path in self.entries for path, known in self._ids.items())

    def is_folder(self, path: str) -> bool:
        return self.entries.get(_absolute(path), b"") is None

    def routes(self) -> Iterator[Route]:
        root = "/api/2.0/workspace"
        yield Route("GET", f"{root}/get-status", lambda request: self._status(self._existing(request.one("path"))))
        yield Route("GET", f"{root}/list", self._list)
        yield Route("GET", f"{root}/export", self._export)
        yield Route("POST", f"{root}/mkdirs", self._make)
        yield Route("POST", f"{root}/delete", self._delete)
        yield Route("POST", "/api/2.0/workspace-files/import-file/{*path}", self._import)

    def _existing(self, path: str) -> str:
        absolute = _absolute(path)
        if absolute not in self.entries:
            raise missing(f"Path ({path}) doesn't exist.")
        return absolute

    def _status(self, path: str) -> Json:
        content = self.entries[path]
        status: Json = {"path": path, "object_id": self._ids[path], "resource_id": f"{self._ids[path]}"}
        if content is None:
            return {**status, "object_type": "DIRECTORY"}
        return {**status, "object_type": "FILE", "size": len(content)}

    def _list(self, request: Request) -> Json:
        folder = self._existing(request.one("path"))
        inside = [path for path in sorted(self.entries) if str(PurePosixPath(path).parent) == folder]
        return {"objects": [self._status(path) for path in inside]} if inside else {}

    def _export(self, request: Request) -> Answer:
        content = self.entries[self._existing(request.one("path"))]
        if content is None:
            raise bad_request("A folder cannot be exported")
        if request.one("direct_download", "false") == "true":
            return Answer(content)
        return Answer({"content": base64.b64encode(content).decode()})

    def _make(self, request: Request) -> Json:
        (path,) = request.needed("path")
        self._mkdirs(_absolute(path))
        return {}

    def _mkdirs(self, path: str) -> None:
        for folder in (*reversed(PurePosixPath(path).parents), PurePosixPath(path)):
            if self.entries.get(str(folder)) is not None:
                raise bad_request(f"{folder} is a file", "RESOURCE_ALREADY_EXISTS")
            self._put(str(folder), None)

    def _put(self, path: str, content: bytes | None) -> None:
        self.entries[path] = content
        self._ids.setdefault(path, 5_000_000 + len(self._ids))

    def _import(self, request: Request) -> Json:
        path = _absolute(f"/{request.parts['path'].lstrip('/')}")
        if str(PurePosixPath(path).parent) not in self.entries:
            raise missing(f"The parent folder ({PurePosixPath(path).parent}) does not exist.")
        if path in self.entries and request.one("overwrite", "false") != "true":
            raise conflict(f"Path ({path}) already exists.")
        if self.entries.get(path, b"") is None:
            raise bad_request(f"{path} is a folder")
        self._put(path, request.content)
        return {}

    def _delete(self, request: Request) -> Json:
        (given,) = request.needed("path")
        path = self._existing(given)
        inside = [other for other in self.entries if other.startswith(f"{path}/")]
        if inside and not request.body.get("recursive"):
            raise bad_request(f"Folder {path} is not empty", "DIRECTORY_NOT_EMPTY")
        for gone in (path, *inside):
            del self.entries[gone]
            # What is made again has another id.
            del self._ids[gone]
        return {}


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise bad_request(f"Path ({path}) must be absolute")
    return path.rstrip("/") if path.startswith(f"{_ROOT}/") or path == _ROOT else f"{_ROOT}{path.rstrip('/')}"
