"""`dbutils.fs`: a file system of its own below the state folder, from which no path leads out."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from dlt_local.errors import DefinitionError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.stores.state import StateFolder

_FOLDER = "dbfs"
_SCHEMES = frozenset({"", "dbfs", "file"})


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One entry of a listing; times are milliseconds of the epoch."""

    path: str
    name: str
    size: int
    modificationTime: int  # noqa: N815 # Databricks' name

    def isDir(self) -> bool:  # noqa: N802 # Databricks' name
        """Whether it is a folder."""
        return self.name.endswith("/")

    def isFile(self) -> bool:  # noqa: N802 # Databricks' name
        """Whether it is a file."""
        return not self.isDir()


class FileSystem:
    """Paths such as `/x`, `dbfs:/x` and `/Volumes/...` lie in `<state>/dbfs`.

    Folders that the pipeline's configuration names, such as the landing folder, can be read where they are.
    """

    def __init__(self, state: StateFolder | None, configuration: Mapping[str, str]) -> None:
        self._state = state
        self._readable = [Path(value).resolve() for value in configuration.values() if _is_folder(value)]

    def ls(self, dir: str) -> list[FileInfo]:  # noqa: A002 # Databricks' name
        """The entries of a folder, or the file itself."""
        place = self._existing(dir)
        entries = sorted(place.iterdir()) if place.is_dir() else [place]
        return [self._info(entry) for entry in entries]

    def mkdirs(self, dir: str) -> bool:  # noqa: A002 # Databricks' name
        """Make a folder and those above it."""
        self._place(dir).mkdir(parents=True, exist_ok=True)
        return True

    def put(self, file: str, contents: str, overwrite: bool = False) -> bool:  # noqa: FBT001, FBT002 # Databricks' signature
        """Write a text as UTF-8."""
        place = self._place(file)
        if place.exists() and not overwrite:
            raise DefinitionError(f"{file} exists", where=caller_location(), remedy="Pass overwrite=True.")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(contents, encoding="utf-8")
        return True

    def head(self, file: str, maxBytes: int = 65536) -> str:  # noqa: N803 # Databricks' name
        """The beginning of a file."""
        with self._existing(file).open("rb") as contents:
            return contents.read(maxBytes).decode("utf-8", errors="replace")

    def cp(self, from_: str, to: str, recurse: bool = False) -> bool:  # noqa: FBT001, FBT002 # Databricks' signature
        """Copy a file, or with `recurse` a folder."""
        source, target = self._existing(from_), self._place(to)
        if source.is_dir():
            self._require_recurse(from_, recurse=recurse)
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        return True

    def mv(self, from_: str, to: str, recurse: bool = False) -> bool:  # noqa: FBT001, FBT002 # Databricks' signature
        """Move a file, or with `recurse` a folder."""
        source, target = self._existing(from_), self._place(to)
        if source.is_dir():
            self._require_recurse(from_, recurse=recurse)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
        return True

    def rm(self, dir: str, recurse: bool = False) -> bool:  # noqa: A002, FBT001, FBT002 # Databricks' signature
        """Remove a file, or with `recurse` a folder; false if there is none."""
        place = self._place(dir)
        if not place.exists():
            return False
        if place.is_dir():
            self._require_recurse(dir, recurse=recurse)
            shutil.rmtree(place)
        else:
            place.unlink()
        return True

    def _require_recurse(self, path: str, *, recurse: bool) -> None:
        if not recurse:
            raise DefinitionError(f"{path} is a folder", where=caller_location(), remedy="Pass recurse=True.")

    def _existing(self, path: str) -> Path:
        place = self._configured(path) or self._place(path)
        if not place.exists():
            raise DefinitionError(f"No file or folder {path}", where=caller_location())
        return place

    def _configured(self, path: str) -> Path | None:
        """A path in a folder that the configuration names."""
        place = Path(urlparse(path).path).resolve()
        return place if any(place.is_relative_to(folder) for folder in self._readable) else None

    def _place(self, path: str) -> Path:
        if self._state is None:
            message = "'dbutils.fs' needs a state folder, which `validate` does not touch"
            raise DefinitionError(message, where=caller_location(), remedy="Use it in `dlt-local run`.")
        parsed = urlparse(path)
        root = (self._state.root / _FOLDER).resolve()
        place = (root / parsed.path.lstrip("/")).resolve()
        if parsed.scheme not in _SCHEMES or not place.is_relative_to(root):
            message = f"'{path}' leads out of the file system that dbutils.fs has locally"
            raise DefinitionError(message, where=caller_location(), remedy=f"Files lie in {root}.")
        return place

    def _info(self, entry: Path) -> FileInfo:
        root = (self._state.root / _FOLDER).resolve() if self._state else entry
        facts = entry.stat()
        ending = "/" if entry.is_dir() else ""
        name = f"{entry.name}{ending}"
        inside = entry.is_relative_to(root)
        path = f"dbfs:/{entry.relative_to(root).as_posix()}{ending}" if inside else f"{entry.as_uri()}{ending}"
        return FileInfo(path, name, 0 if entry.is_dir() else facts.st_size, int(facts.st_mtime * 1000))


def _is_folder(value: str) -> bool:
    return value.startswith("/") and value != "/" and Path(value).is_dir()
