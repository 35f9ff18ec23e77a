"""However the lines of the story arrive, the lakehouse that they make is the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from dlt_local.project.bundle_pipeline import load_pipeline
from dlt_local.update import UpdateRequest, run_update
from tests.acceptance.command import REPOSITORY
from tests.acceptance.state import State, difference, results
from tests.oracle.__main__ import story_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

UPDATES, MOST_FILES = 2, 4
REPLAYED = 0.15


@pytest.fixture(scope="module")
def told_at_once(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> State:
    assert spark
    folder = tmp_path_factory.mktemp("at_once")
    for day in story_days():
        for feed, name, header, lines in _files(day):
            _write(folder / "landing" / feed / f"{day.name}-{name}", header, lines)
    return _updated(folder)


@pytest.mark.parametrize("seed", [20261121])
def test_any_arrangement_of_the_lines_tells_the_same_story(told_at_once: State, tmp_path: Path, seed: int) -> None:
    """Lines of all days shuffled, in other files, late by an update, and some of them in a second file too."""
    dice = random.Random(seed)  # noqa: S311 # an arrangement, not a secret
    state = State(tmp_path / "state")
    for arriving in _arranged(dice):
        for name, (header, lines) in arriving.items():
            _write(tmp_path / "landing" / name, header, lines)
        _updated(tmp_path)
    assert results(state) == results(told_at_once)
    different = {table: difference(told_at_once, state, table) for table in sorted(results(state))}
    assert {table: rows for table, rows in different.items() if rows} == {}


def _arranged(dice: random.Random) -> list[dict[str, tuple[str, list[str]]]]:
    """Per update: header and lines of each new file; every feed brings something in the first."""
    updates: list[dict[str, tuple[str, list[str]]]] = [{} for _ in range(UPDATES)]
    feeds: dict[str, tuple[str, str, list[str]]] = {}
    for day in story_days():
        for feed, name, header, lines in _files(day):
            feeds.setdefault(feed, (header, name.rpartition(".")[2], []))[2].extend(lines)
    for feed, (header, suffix, lines) in sorted(feeds.items()):
        places = [(update, number) for update in range(UPDATES) for number in range(dice.randint(1, MOST_FILES))]
        arriving = lines + [line for line in lines if dice.random() < REPLAYED]
        dice.shuffle(arriving)
        for number, line in enumerate(arriving):
            update, file = places[0] if number == 0 else dice.choice(places)
            updates[update].setdefault(f"{feed}/{update}-{file}.{suffix}", (header, []))[1].append(line)
    return updates


def _files(day: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Feed, name, header (of a CSV file) and lines of each landing file."""
    for path in sorted(day.glob("*/*")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        header = lines.pop(0) if path.suffix == ".csv" else ""
        yield path.parent.name, path.name, header, lines


def _write(path: Path, header: str, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines] if header else lines) + "\n", encoding="utf-8")


def _updated(folder: Path) -> State:
    """The state after an update of the whole pipeline in this process."""
    spec = load_pipeline(
        bundle_root=REPOSITORY, pipeline=None, landing=folder / "landing", settings={}, target=None,
        landing_required=True,
    )  # fmt: skip
    result = run_update(spec, folder / "state", UpdateRequest(), lambda _event: None)
    assert (result.state, result.errors) == ("COMPLETED", ())
    return State(folder / "state")
