"""Any events in any order, split, repeated and replayed: the target is what the walk over their set says."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql.types import ArrayType, DataType, IntegerType, MapType, StringType, StructField, StructType

from dlt_local.cdc import change_log
from tests.cdc.oracle import Event, Rules, current, versions
from tests.cdc.targets import Target

ADDRESS = StructType([StructField("city", StringType()), StructField("zip", IntegerType())])
CONTACT = StructType([StructField("phone", StringType()), StructField("address", ADDRESS)])
COLUMNS: dict[str, DataType] = {
    "name": StringType(),
    "size": IntegerType(),
    "contact": CONTACT,
    "tags": ArrayType(StringType()),
    "marks": MapType(StringType(), IntegerType()),
}
TEXTS = st.sampled_from([None, "a", "b"])
NUMBERS = st.sampled_from([None, 1, 2])
ROWS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "size": NUMBERS,
        "contact": st.none()
        | st.fixed_dictionaries(
            {"phone": TEXTS, "address": st.none() | st.fixed_dictionaries({"city": TEXTS, "zip": NUMBERS})}
        ),
        "tags": st.none() | st.lists(TEXTS, max_size=2),
        "marks": st.none() | st.dictionaries(st.sampled_from(["x", "y"]), NUMBERS).map(lambda d: sorted(d.items())),
    }
)
NAMES = frozenset(COLUMNS)
LISTS = st.none() | st.frozensets(st.sampled_from(sorted(NAMES)), max_size=3)


@st.composite
def histories(draw: st.DrawFn, *, truncates: bool, partial: bool) -> list[Event]:
    """Few keys and few sequences, so that they collide; one content per key and sequence."""
    upserts = draw(
        st.dictionaries(
            st.tuples(st.integers(0, 2), st.integers(0, 9)),
            st.tuples(ROWS, LISTS if partial else st.none()),
            max_size=14,
        )
    )
    deletes = draw(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=5))
    cuts = draw(st.sets(st.integers(0, 9), max_size=2)) if truncates else set()
    found = [_upsert(key, seq, row, named) for (key, seq), (row, named) in upserts.items()]
    found += [Event(key, seq, "D") for key, seq in sorted(deletes)]
    found += [Event(None, seq, "T") for seq in sorted(cuts)]
    return found


def _upsert(key: int, seq: int, row: dict[str, Any], named: frozenset[str] | None) -> Event:
    if named is None:
        return Event(key, seq, "U", row)
    return Event(key, seq, "U", {name: value if name in named else None for name, value in row.items()}, named)


@st.composite
def deliveries(draw: st.DrawFn, *, truncates: bool, partial: bool) -> tuple[list[Event], list[list[Event]]]:
    """Events, and batches in which each arrives at least once."""
    events = draw(histories(truncates=truncates, partial=partial))
    arrivals = draw(st.permutations(events))
    arrivals += draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    cuts = sorted(draw(st.lists(st.integers(0, len(arrivals)), max_size=4)))
    return events, [arrivals[a:b] for a, b in zip([0, *cuts], [*cuts, len(arrivals)], strict=True)]


MODES = {
    "scd 1": (1, {"truncates": True, "partial": False}, Rules()),
    "scd 1, nulls ignored": (1, {"truncates": True, "partial": False}, Rules(ignored=NAMES - {"size"})),
    "scd 1, named columns": (1, {"truncates": True, "partial": True}, Rules()),
    "scd 2": (2, {"truncates": False, "partial": False}, Rules()),
    "scd 2, tracked": (2, {"truncates": False, "partial": False}, Rules(tracked=frozenset({"name", "marks"}))),
    "scd 2, nulls ignored": (2, {"truncates": False, "partial": False}, Rules(ignored=NAMES - {"name"})),
    "scd 2, named columns": (2, {"truncates": False, "partial": True}, Rules(tracked=frozenset({"name", "contact"}))),
}


@pytest.mark.parametrize("mode", MODES)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_target_is_a_function_of_the_events(
    data: st.DataObject, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scd_type, shape, rules = MODES[mode]
    events, batches = data.draw(deliveries(**shape))
    # Batches of the log are merged at once, so that this is tested as well.
    monkeypatch.setattr(change_log, "_MANY_BATCHES", data.draw(st.sampled_from([2, 100])))
    folder = Path(tempfile.mkdtemp())
    try:
        options = {"columns_to_update": "named"} if shape["partial"] else {}
        target = Target.at(folder / "target", COLUMNS, scd_type, rules, **options).create()
        for batch in batches:
            target.apply(batch)
        if scd_type == 2:
            assert target.versions() == versions(events, rules)
        else:
            assert target.current() == current(events, rules)
    finally:
        shutil.rmtree(folder)
