"""The files below a source path, as they are now."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlparse

_GLOB = frozenset("*?[{")


def local_path(path: str) -> Path:
    """A path or `file:` URL as a path of this machine."""
    parsed = urlparse(path)
    return Path(parsed.path if parsed.scheme in ("file", "dbfs") else path)


def has_glob(path: str) -> bool:
    """Whether a path stands for several."""
    return bool(_GLOB & set(path))


def files_digest(path: str) -> str:
    """Changes when a file below the path (below the part before the first wildcard) appears, changes or goes."""
    root = local_path(path)
    while has_glob(str(root)):
        root = root.parent
    stats = [(file, file.stat()) for file in root.rglob("*") if file.is_file()]
    names = sorted(f"{file}|{facts.st_size}|{facts.st_mtime_ns}" for file, facts in stats)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
