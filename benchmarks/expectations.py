"""What five expectations cost: the same streaming flow with and without them, over the same JSON messages.

    python -m benchmarks.expectations [ROWS] [ROUNDS]     default 1,000,000 and 5

Both flows parse messages with `from_json` and write a Delta table, from nothing in each round, in one warm process and
in turn. CPU seconds are those of Python and Java together.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from pyspark.core.context import SparkContext

from dlt_local.project.folder import pipeline_from_folder
from dlt_local.update import UpdateRequest, run_update

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, ROUNDS, FILES = 1_000_000, 5, 8
AIM = 1.25
SOURCE = """
import dlt
from pyspark.sql import functions as F


{rules}@dlt.table
def readings():
    lines = spark.readStream.text(spark.conf.get("landing"))
    row = F.from_json("value", "device INT, at DOUBLE, bpm DOUBLE").alias("row")
    return lines.select(row).select("row.device", "row.at", "row.bpm")
"""
RULES = """@dlt.expect("has device", "device IS NOT NULL")
@dlt.expect("has time", "at IS NOT NULL")
@dlt.expect_or_drop("plausible", "bpm BETWEEN 20 AND 250")
@dlt.expect_or_drop("not in the future", "at < 2e9")
@dlt.expect_or_fail("no negative device", "coalesce(device, 0) >= 0")
"""


def main() -> None:
    """Print the cost of each kind per round, and the ratio of the medians."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS  # noqa: PLR2004 - the second argument
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _land(root / "landing", rows)
        sources = {"without": SOURCE.format(rules=""), "with five": SOURCE.format(rules=RULES)}
        for name, source in sources.items():
            (root / name).mkdir()
            (root / name / "readings.py").write_text(source, encoding="utf-8")
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in sources}
        for number in range(rounds + 1):
            for name in sources:
                cost = _update(root, name, number)
                if number:  # the first round warms up
                    costs[name].append(cost)
    print(f"{rows:,} messages, {rounds} rounds, median seconds (wall / CPU)")
    medians = {name: [median(values) for values in zip(*found, strict=True)] for name, found in costs.items()}
    for name, (wall, cpu) in medians.items():
        print(f"  {name:<10} {wall:6.2f} / {cpu:6.2f}")
    wall, cpu = (medians["with five"][n] / medians["without"][n] for n in (0, 1))
    print(f"  ratio      {wall:6.2f} / {cpu:6.2f}   aim {AIM}")


def _land(folder: Path, rows: int) -> None:
    folder.mkdir()
    for number in range(FILES):
        with (folder / f"{number}.json").open("w", encoding="utf-8") as file:
            file.writelines(f"{message}\n" for message in _messages(number, rows // FILES))


def _messages(start: int, count: int) -> Iterator[str]:
    for number in range(count):
        device, bpm = (start * count + number) % 5000, 40 + number % 160
        yield json.dumps({"device": device, "at": 1.7e9 + number, "bpm": bpm if number % 100 else 999})


def _update(root: Path, name: str, number: int) -> tuple[float, float]:
    spec = pipeline_from_folder(root / name, settings={"landing": str(root / "landing")})
    cpu, wall = _cpu_seconds(), time.monotonic()
    result = run_update(spec, root / f"state {name} {number}", UpdateRequest(), lambda _: None)
    if result.errors:
        sys.exit(result.errors[0])
    return time.monotonic() - wall, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    own = time.process_time()
    gateway = SparkContext._gateway  # noqa: SLF001 - no public way to the process
    if gateway is None:
        return own
    fields = Path(f"/proc/{gateway.proc.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
