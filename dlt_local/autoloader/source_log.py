"""Spark's record of the files that a stream has read: `sources/<n>/<batch>` in its checkpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dlt_local.autoloader.files import path_of_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dlt_local.autoloader.files import SourceFile

_MILLISECOND = 1_000_000


def has_started(checkpoint: Path) -> bool:
    """Whether a query has planned a micro-batch on this checkpoint."""
    return (checkpoint / "offsets").is_dir()


def forget_changed(checkpoint: Path, files: Iterable[SourceFile]) -> None:
    """Take the files that changed since they were read out of the record, so that Spark reads them again.

    The record of a micro-batch that is not committed stays as it is: the batch will run again with it.
    """
    now = {str(file.path): file.modified_ns // _MILLISECOND for file in files}
    for log in checkpoint.glob("sources/*/*"):
        if _is_log(log) and _is_committed(checkpoint, log):
            _rewrite(log, now)


def _is_log(file: Path) -> bool:
    return not file.name.startswith(".") and file.name.removesuffix(".compact").isdigit()


def _is_committed(checkpoint: Path, log: Path) -> bool:
    """Whether the offset that the last commit belongs to has reached this entry."""
    commits = [int(file.name) for file in checkpoint.glob("commits/*") if file.name.isdigit()]
    if not commits:
        return False
    lines = (checkpoint / "offsets" / str(max(commits))).read_text(encoding="utf-8").splitlines()
    # A version, the metadata of the batch, then one line per source, "-" if it had nothing yet.
    offset = lines[2 + int(log.parent.name)]
    reached = int(json.loads(offset)["logOffset"]) if offset.startswith("{") else -1
    return int(log.name.removesuffix(".compact")) <= reached


def _rewrite(log: Path, now: Mapping[str, int]) -> None:
    version, *entries = log.read_text(encoding="utf-8").split("\n")
    kept = [entry for entry in entries if not entry or _is_current(json.loads(entry), now)]
    if kept == entries:
        return
    partial = log.with_name(f".{log.name}.partial")
    partial.write_text("\n".join([version, *kept]), encoding="utf-8")
    # The checksum of the old content would make Hadoop refuse the new one; without one it checks nothing.
    log.with_name(f".{log.name}.crc").unlink(missing_ok=True)
    partial.replace(log)


def _is_current(entry: Mapping[str, object], now: Mapping[str, int]) -> bool:
    path = path_of_uri(str(entry["path"]))
    return now.get(path, entry["timestamp"]) == entry["timestamp"]
