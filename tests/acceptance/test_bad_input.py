"""What a user gets wrong: one clear line, the promised exit code, and nothing half-written."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING
from zlib import crc32

import pytest

from tests.acceptance.command import complaint, completed, dlt_local
from tests.acceptance.state import State
from tests.oracle.__main__ import story_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY_1 = story_days()[0]
TINY = """\
from pyspark import pipelines as dp


@dp.table
def readings():
    columns = "bpm DOUBLE, _corrupt_record STRING, _rescued_data STRING"
    reader = spark.readStream.format("cloudFiles").schema(columns).option("rescuedDataColumn", "_rescued_data")
    return reader.option("cloudFiles.format", "json").load(spark.conf.get("landing_path"))


@dp.materialized_view
def highest():
    return spark.read.table("readings").groupBy().max("bpm")
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A tiny pipeline of two tables that works, to be broken by the test."""
    folder = tmp_path / "transformations"
    folder.mkdir()
    (folder / "readings.py").write_text(TINY)
    return folder


def broken(sources: Path, right: str, wrong: str) -> str:
    """Puts a mistake into the pipeline, and tells its place."""
    text = TINY.replace(right, wrong, 1)
    assert text != TINY
    file = sources / "readings.py"
    file.write_text(text)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if wrong in line)
    return f"{file}:{line}"


def tiny_rows(folder: Path, table: str) -> list[dict[str, float]]:
    """Rows of a table of the tiny pipeline, whatever schema it lies in."""
    state = State(folder)
    (name,) = [name for name in state.tables() if name.endswith(f".{table}")]
    rows: list[dict[str, float]] = state.arrow(name).to_pylist()
    return rows


def refusal(sources: Path, tmp_path: Path, *arguments: str) -> str:
    """What `run` says about the pipeline; it must not have started, nor have written a table."""
    landing = tmp_path / "landing"
    landing.mkdir()
    result = dlt_local("run", sources, "--state", tmp_path / "state", "--set", f"landing_path={landing}", *arguments)
    assert result.returncode == 2, result.stdout + result.stderr
    assert State(tmp_path / "state").tables() == {}
    return complaint(result)


def test_syntax_error(sources: Path, tmp_path: Path) -> None:
    place = broken(sources, "def highest():", "def highest()")
    assert place in refusal(sources, tmp_path)


def test_misspelt_option_of_auto_loader(sources: Path, tmp_path: Path) -> None:
    place = broken(sources, '"cloudFiles.format"', '"cloudFiles.fromat"')
    line = refusal(sources, tmp_path)
    assert place in line
    assert "'cloudFiles.format'" in line


def test_misspelt_argument_of_a_decorator(sources: Path, tmp_path: Path) -> None:
    place = broken(sources, "@dp.materialized_view", '@dp.materialized_view(coment="highest reading")')
    line = refusal(sources, tmp_path)
    assert place in line
    assert "comment" in line


def test_misspelt_table(sources: Path, tmp_path: Path) -> None:
    place = broken(sources, 'table("readings")', 'table("reading")')
    line = refusal(sources, tmp_path)
    assert place in line
    assert "readings" in line


def test_misspelt_option_of_the_command() -> None:
    result = dlt_local("run", "--landin", DAY_1)
    assert result.returncode == 2
    assert "--landing" in result.stderr
    assert "Traceback" not in result.stderr


def test_misspelt_table_to_refresh(sources: Path, tmp_path: Path) -> None:
    assert "highest" in refusal(sources, tmp_path, "--refresh", "higest")


def test_missing_landing_folder(tmp_path: Path) -> None:
    missing = tmp_path / "landing"
    result = dlt_local("run", "--state", tmp_path / "state", "--landing", missing)
    assert result.returncode == 2
    assert str(missing) in complaint(result)
    assert not (tmp_path / "state" / "tables").exists()


def test_empty_landing_folder(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    result = dlt_local("run", "--state", tmp_path / "state", "--landing", landing)
    assert result.returncode in {1, 2}
    assert str(landing) in complaint(result)
    assert not (tmp_path / "state" / "tables").exists()


def test_a_file_in_the_place_of_the_state_folder(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("no folder")
    result = dlt_local("run", "--state", state, "--landing", DAY_1)
    assert result.returncode == 2
    assert str(state) in complaint(result)
    assert state.read_text() == "no folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_to_write_the_state(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    result = dlt_local("run", "--state", tmp_path / "state", "--landing", DAY_1)
    tmp_path.chmod(0o700)
    assert result.returncode == 2
    assert str(tmp_path / "state") in complaint(result)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("photo.json", bytes(range(256)) * 40, id="binary-json"),
        pytest.param("cut.json.gz", b"\x1f\x8b\x08\x00 no gzip after all", id="damaged-gzip"),
    ],
)
def test_an_unreadable_file_stops_its_feed_until_it_is_gone(
    sources: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "readings.json").write_text('{"bpm": 61.5}\n{"bpm": 64.0}\n')
    (landing / name).write_bytes(content)
    run = ("run", sources, "--state", tmp_path / "state", "--set", f"landing_path={landing}")
    result = dlt_local(*run)
    assert result.returncode in {1, 2}
    assert name in complaint(result)

    (landing / name).unlink()
    completed(*run)
    assert sorted(row["bpm"] for row in tiny_rows(tmp_path / "state", "readings")) == [61.5, 64.0]
    assert tiny_rows(tmp_path / "state", "highest") == [{"max(bpm)": 64.0}]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk to be had: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
def test_full_disk_loses_nothing(sources: Path, small_disk: Path, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    readings = [crc32(str(number).encode()) / 1e6 for number in range(200_000)]
    (landing / "readings.json").write_text("".join(f'{{"bpm": {bpm}}}\n' for bpm in readings))
    run = ("run", sources, "--state", small_disk / "state", "--set", f"landing_path={landing}")
    assert "space" in complaint(dlt_local(*run)).lower()

    subprocess.run(["mount", "-o", "remount,size=50m", small_disk], check=True)
    completed(*run)
    assert sorted(row["bpm"] for row in tiny_rows(small_disk / "state", "readings")) == sorted(readings)
    assert tiny_rows(small_disk / "state", "highest") == [{"max(bpm)": max(readings)}]
