"""The files below a source path, as they are now."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlparse

_GLOB = frozenset("*?[{")
_COMPRESSED = frozenset({".gz", ".bz2", ".zst"})
_COMPRESSION = 10


def local_path(path: str) -> Path:
    """A path or `file:` URL as a path of this machine."""
    parsed = urlparse(path)
    return Path(parsed.path if parsed.scheme in ("file", "dbfs") else path)


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
    root = local_path(path)
    while has_glob(str(root)):
        root = root.parent
    return [file for file in root.rglob("*") if file.is_file()]
