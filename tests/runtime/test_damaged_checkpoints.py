"""A checkpoint that was damaged ends in a loud error that names the remedy, or in the exact result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import dlt

    @dlt.table
    def counted():
        return (
            spark.readStream.schema("id INT, at TIMESTAMP").json(spark.conf.get("landing"))
            .withWatermark("at", "1 minute").dropDuplicatesWithinWatermark(["id"]).select("id")
        )
"""
Damage = Callable[[Path], None]


def newest(folder: Path) -> Path:
    return max((file for file in folder.iterdir() if file.name.isdigit()), key=lambda file: int(file.name))


def truncated(folder: str) -> Damage:
    def damage(checkpoint: Path) -> None:
        file = newest(checkpoint / folder)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        file.with_name(f".{file.name}.crc").unlink(missing_ok=True)

    return damage


def emptied(folder: str) -> Damage:
    def damage(checkpoint: Path) -> None:
        newest(checkpoint / folder).write_bytes(b"")

    return damage


def removed(folder: str) -> Damage:
    return lambda checkpoint: shutil.rmtree(checkpoint / folder)


def without_newest(folder: str) -> Damage:
    def damage(checkpoint: Path) -> None:
        file = newest(checkpoint / folder)
        file.unlink()
        file.with_name(f".{file.name}.crc").unlink(missing_ok=True)

    return damage


def without_newest_but_its_checksum(checkpoint: Path) -> None:
    newest(checkpoint / "commits").unlink()


def metadata_gone(checkpoint: Path) -> None:
    (checkpoint / "metadata").unlink()


def bit_flip(checkpoint: Path) -> None:
    file = max((checkpoint / "state").rglob("*.delta"))
    contents = bytearray(file.read_bytes())
    contents[len(contents) // 2] ^= 0x10
    file.write_bytes(contents)


def state_delta_gone(checkpoint: Path) -> None:
    for file in (checkpoint / "state").rglob("*.delta"):
        file.unlink()


def everything_gone(checkpoint: Path) -> None:
    shutil.rmtree(checkpoint)


CASES: dict[str, Damage] = {
    "offsets truncated": truncated("offsets"),
    "offsets emptied": emptied("offsets"),
    "offsets removed": removed("offsets"),
    "newest offsets removed": without_newest("offsets"),
    "commits truncated": truncated("commits"),
    "commits removed": removed("commits"),
    "newest commit removed": without_newest("commits"),
    "newest commit removed, its checksum left": without_newest_but_its_checksum,
    "metadata removed": metadata_gone,
    "source log truncated": truncated("sources/0"),
    "source log removed": removed("sources"),
    "state removed": removed("state"),
    "state deltas removed": state_delta_gone,
    "bit flipped in the state": bit_flip,
    "checkpoint removed": everything_gone,
}


@pytest.fixture(scope="module")
def two_updates(tmp_path_factory: pytest.TempPathFactory) -> PipelineProject:
    """A table after two updates, from which each case starts."""
    from dlt_local.pytest_plugin import PipelineProject

    project = PipelineProject(tmp_path_factory.mktemp("project"))
    project.source("counted.py", SOURCE)
    for number in (1, 2):
        project.land(f"{number}.json", [{"id": number, "at": f"2026-04-14T10:00:0{number}Z"}])
        assert project.update().errors == ()
    return project


@pytest.mark.parametrize("case", CASES)
def test_loud_or_exact(two_updates: PipelineProject, tmp_path: Path, case: str) -> None:
    project = type(two_updates)(tmp_path)
    shutil.copytree(two_updates.root, tmp_path, dirs_exist_ok=True)
    # Structured Streaming notes absolute paths of what it has read.
    source = project.source("counted.py", SOURCE.replace('spark.conf.get("landing")', repr(str(two_updates.landing))))
    assert source.exists()
    CASES[case](project.path("counted") / "_dlt_metadata/checkpoints/counted/0")
    late = two_updates.land(
        "3.json", [{"id": 3, "at": "2026-04-14T10:00:03Z"}, {"id": 1, "at": "2026-04-14T10:00:03Z"}]
    )
    try:
        result = project.update()
        if result.state == "COMPLETED":
            assert [row["id"] for row in project.table("counted")] == [1, 2, 3]
            return
        (error,) = result.errors
        assert "--full-refresh counted" in error
        assert [row["id"] for row in project.table("counted")] == [1, 2]
        assert project.update(full_refresh=("counted",)).errors == ()
        assert [row["id"] for row in project.table("counted")] == [1, 2, 3]
    finally:
        late.unlink()
