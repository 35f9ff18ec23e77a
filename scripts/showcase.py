"""Makes the state that the pictures of the documentation show: a made-up chain of gyms, on a Friday evening.

`python scripts/showcase.py DIR` writes the world, what of it has landed by then, and the state into a new folder.
`python scripts/screenshots.py DIR/state` draws it.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime.fromisoformat("2026-05-29T18:20:00+02:00")
WORLD = {
    "city_members": "240",
    "capacity_low": "40",
    "capacity_high": "70",
    "workout_sampling_s": "60",
    "rest_sampling_s": "120,180",
    "wear_share": "0.04",
}
"""Beside simulator/demo.yml: one town, and few readings, as a laptop shall be done with it in minutes."""
QUALITY_TASKS = ("quality_rules", "quality_results", "quality_monitoring", "dataset_checks", "quality_samples")
_COULD_NOT_RUN = 2


def main(folder: Path) -> int:
    """0, or 2 if a command could not do its part; it has said why."""
    world, landing, state = folder / "world", folder / "landing", folder / "state"
    parameters = [f"--set={key}={value}" for key, value in WORLD.items()]
    size = ["--members=240", "--days=28", "--start=2026-05-04", "--seed=42", "--config=simulator/demo.yml"]
    places = [f"--state={state}", f"--landing={landing}"]
    try:
        _run("simulator", "generate", *size, *parameters, f"--out={world}")
        land_until(NOW, world, landing)
        _run("dlt_local", "run", *places)
        _run("dlt_local", "job", "lakehouse_orchestration", *places, *(f"--task={task}" for task in QUALITY_TASKS))
    except subprocess.CalledProcessError:
        return _COULD_NOT_RUN
    return 0


def _run(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


def land_until(now: datetime, world: Path, landing: Path) -> None:
    """Copy what has arrived by then: all of the days before, and of the day itself the lines that were sent by then."""
    today = now.astimezone().date().isoformat()
    for file in sorted(path for path in world.glob("20*/*/*") if path.parts[-3] <= today):
        day, feed, _ = file.parts[-3:]
        if day == today and feed == _AT_THE_END_OF_THE_DAY:
            continue
        arrived = landing / feed / file.name
        arrived.parent.mkdir(parents=True, exist_ok=True)
        if day == today and feed in _IS_SENT:
            lines = [line for line in file.read_text("utf-8").splitlines() if _IS_SENT[feed](line, now.timestamp())]
            arrived.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        else:
            shutil.copy(file, arrived)


def _is_message_sent(line: str, now_s: float) -> bool:
    try:
        return bool(json.loads(line)["timestamp"] <= now_s * 1000)
    except (ValueError, KeyError):
        return False


def _is_visit_over(line: str, now_s: float) -> bool:
    (*_, logout) = next(csv.reader([line]))
    return not logout.isdigit() or int(logout) <= now_s


_IS_SENT: dict[str, Callable[[str, float], bool]] = {"kafka_multiplex": _is_message_sent, "gym_logins": _is_visit_over}
_AT_THE_END_OF_THE_DAY = "daily_activity"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
