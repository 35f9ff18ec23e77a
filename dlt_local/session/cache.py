"""The folder of this user where downloads that every project shares are kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(*parts: str) -> Path:
    """DLT_LOCAL_CACHE, else dlt-local under XDG_CACHE_HOME, else ~/.cache/dlt-local."""
    own = os.environ.get("DLT_LOCAL_CACHE")
    root = Path(own) if own else _user_cache() / "dlt-local"
    return root.expanduser().absolute().joinpath(*parts)


def _user_cache() -> Path:
    configured = os.environ.get("XDG_CACHE_HOME")
    return Path(configured) if configured else Path.home() / ".cache"
