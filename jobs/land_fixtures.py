"""A job task: lays the fixtures' days into the landing volume of the validation, in place of what was there."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path


def land(fixtures: Path, landing: Path) -> int:
    """Copy every file of every day into its feed's folder; gives the number of files."""
    days = sorted(path for path in fixtures.iterdir() if path.is_dir())
    if not days:
        raise FileNotFoundError(f"No folder of a day in {fixtures}: are the fixtures excluded from the bundle's sync?")
    for old in landing.iterdir():
        shutil.rmtree(old)
    for day in days:
        shutil.copytree(day, landing, dirs_exist_ok=True)
    return sum(path.is_file() for path in landing.rglob("*"))


def main(arguments: list[str]) -> None:
    """Print how many files lie there now."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", required=True, type=Path, help="folder with a folder per day")
    parser.add_argument("--landing", required=True, type=Path, help="folder of the volume; what it holds is removed")
    given = parser.parse_args(arguments)
    sys.stdout.write(f"{land(given.fixtures, given.landing)} files in {given.landing}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
