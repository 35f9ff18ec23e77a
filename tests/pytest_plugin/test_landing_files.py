"""Rows land in the format that the file's name asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from dlt_local.pytest_plugin import PipelineProject

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[dict[str, Any]] = [{"id": 1, "name": 'Ann "A"', "tags": ["x"]}, {"id": 2, "city": "Bonn, Rhein"}]
TYPED: list[dict[str, Any]] = [
    {"day": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "price": Decimal("1.50"), "good": True}
]


@pytest.fixture
def project(tmp_path: Path) -> PipelineProject:
    return PipelineProject(tmp_path / "project")


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a/b.txt", "as it is\n", "as it is\n"),
        ("a.bin", b"\x00\x01", "\x00\x01"),
        ("a.json", ROWS, '{"id": 1, "name": "Ann \\"A\\"", "tags": ["x"]}\n{"id": 2, "city": "Bonn, Rhein"}\n'),
        ("a.jsonl", [{"id": None}], '{"id": null}\n'),
        ("a.json", [], ""),
        ("a.csv", ROWS, 'id,name,tags,city\n1,"Ann ""A""","[""x""]",\n2,,,"Bonn, Rhein"\n'),
        ("a.csv", TYPED, "day,at,price,good\n2026-01-02,2026-01-02T03:04:05+00:00,1.50,true\n"),
        ("a.csv", [], "\n"),
        (
            "a.json",
            TYPED,
            '{"day": "2026-01-02", "at": "2026-01-02T03:04:05+00:00", "price": "1.50", "good": true}\n',
        ),
    ],
)
def test_written(project: PipelineProject, name: str, content: Any, text: str) -> None:
    path = project.land(name, content)
    assert path == project.landing / name
    assert path.read_bytes().decode() == text


def test_parquet_keeps_types(project: PipelineProject) -> None:
    path = project.land("prices.parquet", TYPED)
    assert pq.read_table(path).to_pylist() == TYPED


def test_a_file_and_what_is_in_a_folder_are_copied(project: PipelineProject, tmp_path: Path) -> None:
    day = tmp_path / "fixtures" / "day1"
    (day / "people").mkdir(parents=True)
    (day / "people" / "1.csv").write_text("id\n1\n", encoding="utf-8")

    assert project.land(day) == project.landing
    assert project.land(day / "people" / "1.csv", into="archive") == project.landing / "archive" / "1.csv"

    landed = {str(file.relative_to(project.landing)) for file in project.landing.rglob("*") if file.is_file()}
    assert landed == {"people/1.csv", "archive/1.csv"}


def test_a_value_without_a_text_is_refused(project: PipelineProject) -> None:
    with pytest.raises(TypeError, match=r"^<object object .*> cannot be written to a landing file"):
        project.land("a.json", [{"id": object()}])


def test_nothing_to_copy(project: PipelineProject, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"^Nothing to land: there is no file or folder {tmp_path}/day9$"):
        project.land(tmp_path / "day9")
