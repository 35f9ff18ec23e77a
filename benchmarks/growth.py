"""How the cost of the whole lakehouse grows with its readings, and what one per cent more costs.

python -m benchmarks.growth [READINGS ...]     default 250000 1000000
"""

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import cost_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.measure import Cost

SIZES = (250_000, 1_000_000)
EVERY_S, DAY_S = 5, 86_400
FIRST_DAY = 1_776_038_400
LINES_A_FILE = 100_000
NEW_SHARE = 0.01
# Of each day: from 18:00 in the gym for an hour and a half, exercising for an hour of it.
LOGIN_S, START_S, STOP_S, LOGOUT_S = 64_800, 65_400, 69_000, 70_200
DAYS = 2


def main(sizes: list[int]) -> None:
    """Print the cost from nothing and of one per cent more for each size, and the exponent of growth between sizes."""
    costs = {size: _measured(size) for size in sizes}
    for small, large in pairwise(sizes):
        growth = math.log(costs[large].wall / costs[small].wall) / math.log(large / small)
        print(f"{small} to {large} readings: wall time grows with exponent {growth:.2f}")


def _measured(size: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        members = max(1, round(size * (1 + NEW_SHARE) * EVERY_S / DAY_S / DAYS))
        readings = _readings(members)
        _write_readings(work / "landing", "first", islice(readings, size))
        _write_members(work / "landing", members)
        command = [sys.executable, "-m", "dlt_local", "run"]
        command += ["--state", str(work / "state"), "--landing", str(work / "landing")]
        first = cost_of(command, log=work / "log")
        print(f"{size:9} readings, from nothing    {first}", flush=True)
        _write_readings(work / "landing", "more", islice(readings, int(size * NEW_SHARE)))
        more = cost_of(command, log=work / "log")
        print(f"{size:9} readings, 1 % more        {more}   ratio of wall {more.wall / first.wall:.2f}", flush=True)
        return first


def _readings(members: int) -> Iterator[str]:
    """Envelopes in the order of time, without end; the heart of each member wanders, faster in workouts."""
    dice = random.Random(1)  # noqa: S311 # test data
    rates = [60.0] * members
    for number in range(sys.maxsize):
        second, member = number // members * EVERY_S, number % members
        aim = 140 if START_S <= second % DAY_S < STOP_S else 65
        rates[member] += (aim - rates[member]) * 0.05 + dice.gauss(0, 1.5)
        time = FIRST_DAY + second
        value = {"device_id": 500_000 + member, "time": time, "heartrate": round(rates[member], 1)}
        yield _envelope("bpm", value, time, number)


def _write_readings(landing: Path, name: str, lines: Iterator[str]) -> None:
    folder = landing / "kafka_multiplex"
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    while part := list(islice(lines, LINES_A_FILE)):
        (folder / f"bpm_{name}_{number}.json").write_text("\n".join(part), encoding="utf-8")
        number += 1


def _write_members(landing: Path, members: int) -> None:
    """Registrations, profiles, workouts and visits of everybody on the days that the readings cover."""
    registered = ["user_id,device_id,mac_address,registration_timestamp"]
    logins, messages = ["mac_address,gym,login,logout"], []
    for member in range(members):
        user, mac = 400_000 + member, f"02:00:00:00:{member // 256:02x}:{member % 256:02x}"
        registered.append(f"{user},{500_000 + member},{mac},{FIRST_DAY - DAY_S}")
        profile = {"user_id": user, "update_type": "new", "timestamp": FIRST_DAY - DAY_S, "dob": "05/01/1982"}
        messages.append(_envelope("user_info", {**profile, "sex": "FM"[member % 2]}, FIRST_DAY - DAY_S, member))
        for day in range(DAYS):
            start = FIRST_DAY + day * DAY_S
            logins.append(f"{mac},{member % 5 + 1},{start + LOGIN_S},{start + LOGOUT_S}")
            for action, second in (("start", START_S), ("stop", STOP_S)):
                event = {"user_id": user, "workout_id": 1, "session_id": day + 1, "action": action}
                messages.append(_envelope("workout", {**event, "timestamp": start + second}, start + second, member))
    files = {
        "registered_users/members.csv": registered,
        "gym_logins/visits.csv": logins,
        "kafka_multiplex/members.json": messages,
    }
    for name, lines in files.items():
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _envelope(topic: str, value: Mapping[str, object], time: int, offset: int) -> str:
    place = {"topic": topic, "partition": 0, "offset": offset, "timestamp": time * 1000}
    return json.dumps({"key": str(offset), "value": json.dumps(value), **place})


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
