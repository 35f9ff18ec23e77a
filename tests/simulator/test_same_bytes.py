"""The same seed writes the same bytes, and an entity is the same whoever else is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.world import blocks, generation
from simulator.world.generation import generate
from simulator.world.plan import plan
from tests.simulator.worlds import EVERY_FAULT, LITTLE, digest, files, landed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# Changes with each change of the model, on purpose: then write the new one here, and say so in the commit.
GOLDEN = "ed58d5b471d492a6ea80dbcdc460787a9f076ef6aee47db1f423e2900fe7f213"


def test_golden_hash(tmp_path: Path) -> None:
    generate(LITTLE, tmp_path)
    assert digest(landed(tmp_path)) == GOLDEN


def test_any_number_of_workers_writes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, generation):
        monkeypatch.setattr(module, "BLOCK_MEMBERS", 2)
    for workers in (1, 2):
        generate(LITTLE, tmp_path / str(workers), workers=workers)
    assert files(tmp_path / "1") == files(tmp_path / "2")


def test_members_are_the_same_among_more_members() -> None:
    few, many = (plan(replace(EVERY_FAULT, members=members)) for members in (7, 12))
    assert many.members[:7] == few.members
    assert many.gyms[: len(few.gyms)] == few.gyms


def test_files_of_a_full_block_are_the_same_among_more_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, generation):
        monkeypatch.setattr(module, "BLOCK_MEMBERS", 2)
    for members in (2, 3):
        generate(replace(LITTLE, members=members), tmp_path / str(members))
    few, many = landed(tmp_path / "2"), landed(tmp_path / "3")
    of_block = {path for path in few if "_p000" in path}
    assert of_block
    assert {path: many[path] for path in of_block} == {path: few[path] for path in of_block}


def test_other_seeds_write_other_bytes(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(replace(LITTLE, seed=seed), tmp_path / str(seed))
    assert digest(landed(tmp_path / "1")) != digest(landed(tmp_path / "2"))
