"""Targets without Spark: the tables after each of several updates, files, the log, and what a batch may touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql.types import DataType, StringType

from dlt_local.cdc import plain_target
from dlt_local.errors import FlowError
from tests.cdc.oracle import Event
from tests.cdc.targets import Target

if TYPE_CHECKING:
    from pathlib import Path

NAME: dict[str, DataType] = {"name": StringType()}


def upsert(key: int, seq: int, name: str) -> Event:
    return Event(key, seq, "U", {"name": name})


def delete(key: int, seq: int) -> Event:
    return Event(key, seq, "D")


# Five updates in a row as measured on open-source Spark, which does not show deletes that find nothing open (4 and 6).
ALICE, BOB, CARL = [("alice", 10, None)], [("bob", 10, None)], [("carl", 5, None)]
UPDATES: list[tuple[list[Event], dict[int, str], dict[int, list[Any]]]] = [
    ([upsert(1, 10, "alice"), upsert(2, 10, "bob")], {1: "alice", 2: "bob"}, {1: ALICE, 2: BOB}),
    (
        [upsert(1, 20, "alice2"), delete(2, 15), upsert(3, 5, "carl")],
        {1: "alice2", 3: "carl"},
        {1: [("alice", 10, 20), ("alice2", 20, None)], 2: [("bob", 10, 15)], 3: CARL},
    ),
    (
        [upsert(1, 15, "alice1.5"), upsert(2, 12, "bob12"), delete(4, 50)],
        {1: "alice2", 3: "carl"},
        {
            1: [("alice", 10, 15), ("alice1.5", 15, 20), ("alice2", 20, None)],
            2: [("bob", 10, 12), ("bob12", 12, 15)],
            3: CARL,
            4: [(None, None, 50)],
        },
    ),
    (
        [upsert(4, 40, "dan"), upsert(1, 30, "alice2"), delete(1, 12)],
        {1: "alice2", 3: "carl"},
        {
            1: [("alice", 10, 12), ("alice1.5", 15, 20), ("alice2", 20, None)],
            2: [("bob", 10, 12), ("bob12", 12, 15)],
            3: CARL,
            4: [("dan", 40, 50)],
        },
    ),
    (
        [upsert(5, 10, "e"), upsert(5, 10, "e"), upsert(6, 10, "f"), delete(6, 10)],
        {1: "alice2", 3: "carl", 5: "e"},
        {
            1: [("alice", 10, 12), ("alice1.5", 15, 20), ("alice2", 20, None)],
            2: [("bob", 10, 12), ("bob12", 12, 15)],
            3: CARL,
            4: [("dan", 40, 50)],
            5: [("e", 10, None)],
            6: [(None, None, 10)],
        },
    ),
]


def test_five_updates_in_a_row(tmp_path: Path) -> None:
    current = Target.at(tmp_path / "current", NAME, 1).create()
    history = Target.at(tmp_path / "history", NAME, 2).create()
    for events, rows, versions in UPDATES:
        current.apply(events)
        history.apply(events)
        assert {key: row["name"] for key, row in current.current().items()} == rows
        assert {
            key: [(row and row["name"], start, end) for row, start, end in found]
            for key, found in history.versions().items()
        } == versions


def test_what_a_batch_did_is_counted(tmp_path: Path) -> None:
    current = Target.at(tmp_path / "current", NAME, 1).create()
    history = Target.at(tmp_path / "history", NAME, 2).create()
    first = [upsert(1, 1, "a"), upsert(2, 1, "b"), upsert(3, 1, "c")]
    then = [upsert(1, 2, "x"), delete(2, 2), upsert(3, 2, "c"), delete(9, 1)]
    for target, expected in ((current, (1, 1)), (history, (4, 0))):
        applied = target.apply(first)
        assert (applied.upserted, applied.deleted) == (3, 0)
        applied = target.apply(then)
        assert (applied.upserted, applied.deleted) == expected
        version = DeltaTable(target.path).version()
        applied = target.apply(then)
        assert (applied.upserted, applied.deleted) == (0, 0)
        assert DeltaTable(target.path).version() == version, "a replay commits nothing"
    # A delete below an open version takes it away.
    assert history.apply([delete(3, 1)]).deleted == 0
    assert history.apply([delete(1, 2)]).deleted == 1


def test_closing_a_version_does_not_copy_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Files of any size count as large, so that none is merged with what is written.
    monkeypatch.setattr(plain_target, "_LARGE", 1)
    target = Target.at(tmp_path / "target", NAME, 2).create()
    for seq in range(5):
        target.apply([upsert(key, seq, f"{key}-{seq}") for key in range(50)])
    closed = {file for file, nulls in files(target).items() if nulls == 0}
    assert len(closed) == 4
    target.apply([upsert(7, 9, "new")])
    assert closed < set(files(target))
    target.apply([upsert(7, 0, "0")])
    assert len(target.rows()) == 251
    late = [upsert(7, 3, "other")]
    target.apply([Event(7, 2, "D"), *late])
    assert [end for _, _, end in target.versions()[7]] == [1, 2, 4, 9, None]
    assert len(closed - set(files(target))) <= 3, "a late event rewrites only files that lose rows"


def files(target: Target) -> dict[str, int]:
    """Open versions per file."""
    actions = pa.table(DeltaTable(target.path).get_add_actions(flatten=True)).to_pylist()
    return {action["path"]: action["null_count.__END_AT"] for action in actions}


def test_the_log_stays_small(tmp_path: Path) -> None:
    current = Target.at(tmp_path / "current", NAME, 1).create()
    history = Target.at(tmp_path / "history", NAME, 2).create()
    for target in (current, history):
        for seq in range(30):
            target.apply([upsert(key, seq, f"{key}-{seq}") for key in range(5)])
        assert len(target.log.applied()) < 16
        # Tombstones and late events are judged as before.
        target.apply([upsert(1, 20, "late")])
    assert current.current()[1] == {"name": "1-29"}
    assert [row["name"] for row, _, _ in history.versions()[1] if row][19:22] == ["1-19", max("1-20", "late"), "1-21"]


def test_a_tie_is_told_once_and_does_not_depend_on_arrival(tmp_path: Path) -> None:
    winners = set()
    orders: list[list[list[str]]] = [[["a"], ["b"]], [["b"], ["a"]], [["a", "b"]], [["b", "a"]]]
    for number, order in enumerate(orders):
        for scd_type in (1, 2):
            target = Target.at(tmp_path / f"{number}-{scd_type}", NAME, scd_type).create()
            told = [target.apply([upsert(42, 7, name) for name in names]).warning for names in order]
            warnings = [text for text in told if text]
            assert len(warnings) == 1
            assert "different events of key (id=42) have the same sequence 7" in warnings[0]
            winners.add(target.rows()[0]["name"])
            assert len(target.rows()) == 1
    assert len(winners) == 1


def test_equal_events_and_decided_ties_are_not_told(tmp_path: Path) -> None:
    target = Target.at(tmp_path / "target", NAME, 2).create()
    assert target.apply([upsert(1, 7, "a"), upsert(1, 7, "a")]).warning is None
    assert target.apply([upsert(1, 7, "a")]).warning is None
    assert target.apply([upsert(2, 7, "a"), upsert(2, 7, "b"), delete(2, 7)]).warning is None


def test_a_path_with_wildcards(tmp_path: Path) -> None:
    target = Target.at(tmp_path / "state [1]*?'", NAME, 1).create()
    target.apply([upsert(1, 1, "a")])
    target.apply([upsert(1, 2, "b"), upsert(2, 2, "c")])
    assert target.current() == {1: {"name": "b"}, 2: {"name": "c"}}


def test_damaged_events_are_an_error_of_the_flow(tmp_path: Path) -> None:
    target = Target.at(tmp_path / "target", NAME, 1).create()
    target.apply([upsert(1, 1, "a")])
    (file,) = target.log.root.glob("applied/*/*.parquet")
    file.write_bytes(file.read_bytes()[:100] + b"PAR1")
    with pytest.raises(FlowError, match=r"pipeline.py:1: The events of flow 'target' cannot be applied"):
        target.apply([upsert(1, 1, "b")])
