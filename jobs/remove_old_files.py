"""A job task: removes files that have lain in a volume for longer than a number of days.

Bronze keeps what the files said, so a file that was taken in is no longer needed; a full refresh of bronze would be.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

_SECONDS_A_DAY = 86_400
# A shorter time could remove what no update has taken in yet.
_FEWEST_DAYS = 7


def remove_old_files(folder: Path, days: int, now: float) -> list[Path]:
    """Delete files last changed more than `days` before `now` (epoch seconds), and the empty folders they leave."""
    if days < _FEWEST_DAYS:
        raise ValueError(f"Files are kept for at least {_FEWEST_DAYS} days, not {days}")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    old = [path for path in files if path.stat().st_mtime < now - days * _SECONDS_A_DAY]
    for path in old:
        path.unlink()
    for parent in sorted({path.parent for path in old}, reverse=True):
        if parent not in (folder, *_feeds(folder)) and not any(parent.iterdir()):
            parent.rmdir()
    return old


def _feeds(folder: Path) -> list[Path]:
    """The folders of the feeds stay: Auto Loader fails on a folder that is not there."""
    return [path for path in folder.iterdir() if path.is_dir()]


def main(arguments: list[str]) -> None:
    """Print how many files went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True, type=Path, help="folder of the volume")
    parser.add_argument("--days", required=True, type=int, help="how long files stay")
    given = parser.parse_args(arguments)
    removed = remove_old_files(given.folder, given.days, time.time())
    sys.stdout.write(f"{len(removed)} files removed from {given.folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
