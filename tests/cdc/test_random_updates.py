"""Random events through whole updates: split over batches and flows, repeated, replayed from the start."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.cdc.oracle import Event, Rules, current, versions

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    SCHEMA = "id INT, seq INT, op STRING, name STRING, size INT"

    def changes(number):
        @dp.temporary_view(name=f"changes_{number}")
        def view():
            reader = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1)
            return reader.json(f"{spark.conf.get('landing')}/{number}")

    for number in (1, 2):
        changes(number)

    def target(name, **options):
        dp.create_streaming_table(name)
        for number in (1, 2):
            dp.create_auto_cdc_flow(
                name, f"changes_{number}", ["id"], "seq", apply_as_deletes="op = 'D'",
                except_column_list=["op", "seq"], name=f"flow_{number}", **options,
            )

    target("current")
    target("history", stored_as_scd_type=2)
    target("tracked", stored_as_scd_type=2, track_history_column_list=["name"])
    target("filled", stored_as_scd_type=2, ignore_null_updates=True)
"""
RULES = {
    "history": Rules(),
    "tracked": Rules(tracked=frozenset({"name"})),
    "filled": Rules(ignored=frozenset({"name", "size"})),
}


def random_events(randomness: random.Random) -> list[Event]:
    """One content per key and sequence; a fifth of the events are deletes."""
    places = randomness.sample([(key, seq) for key in range(6) for seq in range(20)], 70)
    return [
        Event(key, seq, "D")
        if randomness.random() < 0.2
        else Event(
            key, seq, "U", {"name": randomness.choice([None, "a", "b"]), "size": randomness.choice([None, 1, 2])}
        )
        for key, seq in places
    ]


@pytest.mark.parametrize("seed", [1])
def test_targets_are_functions_of_the_events(pipeline: PipelineProject, seed: int) -> None:
    randomness = random.Random(seed)  # noqa: S311 # test data
    pipeline.source("targets.py", SOURCE)
    events = random_events(randomness)
    arrivals = [*events, *randomness.sample(events, 15)]
    randomness.shuffle(arrivals)
    arrived: list[Event] = []
    for update in range(2):
        chosen, arrivals = (arrivals[:45], arrivals[45:])
        arrived += chosen
        for number in (1, 2):
            for part in range(2):
                rows = [_row(event) for event in chosen[number - 1 :: 2][part::2]]
                pipeline.land(f"{number}/{update}-{part}.json", rows)
        result = pipeline.update()
        assert result.state == "COMPLETED", result.errors
        assert_targets(pipeline, arrived)
    assert pipeline.update(full_refresh_all=True).state == "COMPLETED"
    assert_targets(pipeline, events)


def _row(event: Event) -> dict[str, Any]:
    return {"id": event.key, "seq": event.seq, "op": event.op, **(event.row or {})}


def assert_targets(pipeline: PipelineProject, events: list[Event]) -> None:
    for name, rules in RULES.items():
        rows = pipeline.table(name)
        expected = {
            (key, *((row or {}).get(column) for column in ("name", "size")), start, end)
            for key, found in versions(events, rules).items()
            for row, start, end in found
        }
        found = {(r["id"], r["name"], r["size"], r["__START_AT"], r["__END_AT"]) for r in rows}
        assert found == expected, name
        assert len(found) == len(rows)
        assert_properties(rows, events)
    held = {(row["id"], row["name"], row["size"]) for row in pipeline.table("current")}
    assert held == {(key, row["name"], row["size"]) for key, row in current(events, Rules()).items()}
    still = [row for row in pipeline.table("history") if row["__END_AT"] is None]
    assert held == {(row["id"], row["name"], row["size"]) for row in still}


def assert_properties(rows: list[dict[str, Any]], events: list[Event]) -> None:
    """What holds for any target with history, whatever the events."""
    deletes = {(event.key, event.seq) for event in events if event.op == "D"}
    ends = [(row["id"], row["__END_AT"]) for row in rows]
    assert all(ends.count(delete) == 1 for delete in deletes)
    for key in {row["id"] for row in rows}:
        spans = sorted((r["__START_AT"], r["__END_AT"]) for r in rows if r["id"] == key and r["__START_AT"] is not None)
        assert all(end is None or start < end for start, end in spans)
        assert sum(end is None for _, end in spans) <= 1
        for (_, end), (start, _) in pairwise(spans):
            assert end is not None
            assert end == start or (end < start and (key, end) in deletes)
    identities = [(row["id"], row["__END_AT"] if row["__START_AT"] is None else row["__START_AT"]) for row in rows]
    assert len(set(identities)) == len(identities)
