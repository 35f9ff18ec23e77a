"""The files below a source path, as they are now."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

if TYPE_CHECKING:
    from collections.abc import Iterator

_GLOB = frozenset("*?[{")
_COMPRESSED = frozenset({".gz", ".bz2", ".zst"})
_COMPRESSION = 10
_WILDCARDS = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was listed."""

    path: Path
    size: int
    modified_ns: int

    @property
    def version(self) -> str:
        """Changes when the file does."""
        return f"{self.path}|{self.modified_ns}|{self.size}"


def local_path(path: str) -> Path:
    """A path or `file:` URL as a path of this machine."""
    parsed = urlparse(path)
    return Path(parsed.path if parsed.scheme in ("file", "dbfs") else path)


def path_of_uri(uri: str) -> str:
    """The plain path of a `file:` URL as Spark writes it."""
    return "/" + unquote(uri).removeprefix("file:").lstrip("/")


def has_glob(path: str) -> bool:
    """Whether a path stands for several."""
    return bool(_GLOB & set(path))


def files_digest(path: str) -> str:
    """Changes when a file below the path (below the part before the first wildcard) appears, changes or goes."""
    stats = [(file, file.stat()) for file in files_below(path)]
    names = sorted(f"{file}|{facts.st_size}|{facts.st_mtime_ns}" for file, facts in stats)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def new_bytes(path: str, since: float) -> int:
    """Size of the files below the path that are newer than `since`, compressed ones as they would unpack."""
    facts = [(file.suffix, file.stat()) for file in files_below(path)]
    return sum(
        fact.st_size * (_COMPRESSION if suffix in _COMPRESSED else 1) for suffix, fact in facts if fact.st_mtime > since
    )


def files_below(path: str) -> list[Path]:
    """All files below the path, or below its part before the first wildcard."""
    root = folder_of(path)
    return [file for file in root.rglob("*") if file.is_file()]


def folder_of(path: str) -> Path:
    """The folder of a path, the part before the first wildcard."""
    root = local_path(path)
    while has_glob(str(root)):
        root = root.parent
    return root


def source_files(path: str, name_pattern: str) -> list[SourceFile]:
    """The files that a stream over `path` reads, oldest first: hidden ones and other names are left out."""
    found = sorted(_matching(path, name_pattern), key=lambda file: (file.modified_ns, str(file.path)))
    return [file for file in found if file.size > 0]


def _matching(path: str, name_pattern: str) -> Iterator[SourceFile]:
    root = folder_of(path)
    below = _pattern(str(local_path(path))) if has_glob(path) else None
    name = _pattern(name_pattern) if name_pattern else None
    for file in [root] if root.is_file() else files_below(path):
        if any(_is_hidden(part) for part in file.relative_to(root).parts) or (name and not name.fullmatch(file.name)):
            continue
        if below is None or any(below.fullmatch(str(place)) for place in (file, *file.parents)):
            facts = file.stat()
            yield SourceFile(file, facts.st_size, facts.st_mtime_ns)


def _is_hidden(name: str) -> bool:
    """As Spark sees it: a leading dot, or an underscore that begins no partition folder."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _pattern(wildcards: str) -> re.Pattern[str]:
    """Hadoop's wildcards as a regular expression."""
    parts = re.split(r"(\[[^\]]+\]|\\.|[*?{},])", wildcards)
    in_braces = 0
    text = ""
    for part in parts:
        in_braces += {"{": 1, "}": -1}.get(part, 0)
        if part.startswith("[") and len(part) > 1:
            text += "[^" + part[2:] if part[1] in "!^" else part
        elif part in _WILDCARDS and (part != "," or in_braces):
            text += _WILDCARDS[part]
        else:
            text += part if part.startswith("\\") else re.escape(part)
    return re.compile(text)
