"""The ledger is closed: each line of each file has exactly one fate, and silver has exactly what the ledger says."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest

from simulator.world.doors import Bad
from simulator.world.faults import Fault
from simulator.world.generation import generate
from tests.simulator.worlds import BUSY, files, landed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "out"
    generate(BUSY, out)
    return out


@pytest.fixture(scope="module")
def ledger(world: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(world / "truth" / "ledger").to_pylist()
    return rows


def test_every_line_has_one_fate(world: Path, ledger: list[dict[str, Any]]) -> None:
    lines = {
        (path, number)
        for path, content in landed(world).items()
        for number, _ in enumerate(content.splitlines(), 1)
        if not (path.endswith(".csv") and number == 1)
    }
    entries = Counter((row["source_file"], row["line"]) for row in ledger)
    assert set(entries) == lines
    assert set(entries.values()) == {1}


def test_places_in_topics_are_those_of_the_lines(world: Path, ledger: list[dict[str, Any]]) -> None:
    contents = {path: content.splitlines() for path, content in landed(world).items()}
    checked = 0
    for row in ledger:
        if row["offset"] is not None and row["fault"] != "cut off envelope":
            envelope = json.loads(contents[row["source_file"]][row["line"] - 1])
            assert (envelope["partition"], envelope["offset"]) == (row["partition"], row["offset"])
            assert envelope["timestamp"] == int(row["arrived_at"].timestamp() * 1000 + 0.5)
            checked += 1
    assert checked > 1000


def test_only_rejected_lines_have_reasons(ledger: list[dict[str, Any]]) -> None:
    assert {bool(row["reasons"]) for row in ledger if row["fate"] == "quarantine"} == {True}
    assert {bool(row["reasons"]) for row in ledger if row["fate"] != "quarantine"} == {False}


def test_silver_readings_are_those_of_the_ledger(world: Path, ledger: list[dict[str, Any]]) -> None:
    readings = duckdb.read_parquet(str(world / "truth" / "heart_rate" / "*.parquet"))
    assert len(readings) == sum(row["fate"] == "silver" and row["feed"] == "bpm" for row in ledger)
    assert len(readings.project("device_id, event_time").distinct()) == len(readings)


def test_every_fault_occurs(ledger: list[dict[str, Any]]) -> None:
    found = {row["fault"] for row in ledger}
    wanted = {fault.text for fault in Fault}
    others = {
        "sent twice", "file sent again", "no logout", "second login", "logout comes later", "restated later",
        "broken copy", "update after a delete", "visit after a delete", "day after a delete",
    }  # fmt: skip
    assert (wanted | others) - found == set()
    assert found & {bad.value for bad in Bad}


def test_late_and_resent_files(world: Path) -> None:
    names = [path.rsplit("/", 1)[-1] for path in files(world) if not path.startswith("truth")]
    assert len(names) == len(set(names))
    assert any("_late" in name for name in names)
    assert any("_sent_again" in name for name in names)
