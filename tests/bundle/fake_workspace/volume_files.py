"""Files in volumes; each volume is a local folder of the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Answer, conflict, forbidden, missing
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bundle.fake_workspace.unity_catalog import UnityCatalog


@dataclass
class VolumeFiles:
    """The Files API below `/Volumes`."""

    unity_catalog: UnityCatalog

    def routes(self) -> Iterator[Route]:
        file, folder = "/api/2.0/fs/files/{*path}", "/api/2.0/fs/directories/{*path}"
        yield Route("PUT", file, self._upload)
        yield Route("GET", file, self._download)
        yield Route("HEAD", file, self._size)
        yield Route("DELETE", file, self._delete)
        yield Route("POST", "/api/2.0/fs/create-download-url", self._refuse_link)
        yield Route("PUT", folder, self._make)
        yield Route("GET", folder, self._list)
        yield Route("HEAD", folder, self._exists)

    def _refuse_link(self, _: Request) -> Answer:
        """The SDK downloads from here then, not from a cloud's store."""
        raise forbidden("Presigned URLs are not enabled.")

    def _place(self, request: Request) -> Path:
        return self.unity_catalog.place(request.parts["path"])

    def _file(self, request: Request) -> Path:
        place = self._place(request)
        if not place.is_file():
            raise missing(f"The file {request.parts['path']} was not found.", "NOT_FOUND")
        return place

    def _folder(self, request: Request) -> Path:
        place = self._place(request)
        if not place.is_dir():
            raise missing(f"The directory {request.parts['path']} was not found.", "NOT_FOUND")
        return place

    def _upload(self, request: Request) -> Answer:
        place = self._place(request)
        if place.exists() and request.one("overwrite", "false") != "true":
            raise conflict(f"The file {request.parts['path']} already exists.", "ALREADY_EXISTS")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(request.content)
        return Answer(b"", 204)

    def _download(self, request: Request) -> Answer:
        return Answer(self._file(request).read_bytes())

    def _size(self, request: Request) -> Answer:
        return Answer(self._file(request).read_bytes())

    def _delete(self, request: Request) -> Answer:
        self._file(request).unlink()
        return Answer(b"", 204)

    def _make(self, request: Request) -> Answer:
        self._place(request).mkdir(parents=True, exist_ok=True)
        return Answer(b"", 204)

    def _exists(self, request: Request) -> Answer:
        self._folder(request)
        return Answer(b"")

    def _list(self, request: Request) -> Answer:
        folder, path = self._folder(request), request.parts["path"].strip("/")
        contents = [
            {"name": entry.name, "path": f"/{path}/{entry.name}", "is_directory": entry.is_dir()}
            | ({} if entry.is_dir() else {"file_size": entry.stat().st_size})
            for entry in sorted(folder.iterdir())
        ]
        return Answer({"contents": contents} if contents else {})
