"""Pipelines that are no bundle: folders, single files, open-source pipeline files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_local.errors import PipelineError
from dlt_local.project import PipelineSpec, pipeline_from_folder, pipeline_from_open_source_file
from dlt_local.project.folder import storage_folder

OPEN_SOURCE = """\
name: demo
storage: file:///data/storage
libraries:
  - glob:
      include: transformations/**
configuration:
  demo.landing: /data/landing
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("transformations/b.py", "transformations/sub/a.py", "transformations/readme.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "spark-pipeline.yml").write_text(OPEN_SOURCE)
    return tmp_path


def test_a_folder_takes_every_python_file_below_it(project: Path) -> None:
    folder = project / "transformations"
    assert pipeline_from_folder(folder, settings={"k": "v"}) == PipelineSpec(
        name="transformations",
        catalog="spark_catalog",
        schema="default",
        root_path=folder,
        source_files=(folder / "b.py", folder / "sub/a.py"),
        configuration={"k": "v"},
        defined_in=folder,
    )


def test_a_single_file_is_a_pipeline(project: Path) -> None:
    file = project / "transformations/b.py"
    spec = pipeline_from_folder(file)
    assert (spec.name, spec.root_path, spec.source_files) == ("b", file.parent, (file,))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", "No file or folder {}"),
        ("transformations/readme.md", "{} is not a Python or SQL file"),
        ("empty", "No Python or SQL file in {}"),
    ],
)
def test_what_is_no_pipeline_is_refused(project: Path, path: str, message: str) -> None:
    (project / "empty").mkdir()
    with pytest.raises(PipelineError) as caught:
        pipeline_from_folder(project / path)
    assert str(caught.value) == message.format(project / path)


def test_an_open_source_file_gives_the_whole_spec(project: Path) -> None:
    file = project / "spark-pipeline.yml"
    assert pipeline_from_open_source_file(file, settings={"x": "1"}) == PipelineSpec(
        name="demo",
        catalog="spark_catalog",
        schema="default",
        root_path=project,
        source_files=(project / "transformations/b.py", project / "transformations/sub/a.py"),
        configuration={"demo.landing": "/data/landing", "x": "1"},
        defined_in=file,
    )
    assert storage_folder(file) == Path("/data/storage")


def test_an_open_source_file_may_name_catalog_and_database(project: Path) -> None:
    file = project / "spark-pipeline.yml"
    file.write_text(OPEN_SOURCE + "catalog: c\ndatabase: d\n")
    spec = pipeline_from_open_source_file(file)
    assert (spec.catalog, spec.schema) == ("c", "d")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("databse: d", "8: An open-source pipeline file has no field 'databse'. Did you mean 'database'?"),
        ("catalog: a.b", "8: 'a.b' cannot be a catalog name. "),
    ],
)
def test_mistakes_in_an_open_source_file_name_their_line(project: Path, line: str, message: str) -> None:
    file = project / "spark-pipeline.yml"
    file.write_text(f"{OPEN_SOURCE}{line}\n")
    with pytest.raises(PipelineError) as caught:
        pipeline_from_open_source_file(file)
    assert str(caught.value).startswith(f"{file}:{message}")


@pytest.mark.parametrize(
    ("storage", "folder"),
    [("state", "state"), ("file:state", "state"), ("/abs/state", "/abs/state"), ("file:///abs/state", "/abs/state")],
)
def test_storage_is_a_local_folder(project: Path, storage: str, folder: str) -> None:
    file = project / "spark-pipeline.yml"
    file.write_text(f"storage: {storage}\n")
    assert storage_folder(file) == project / folder


def test_storage_elsewhere_is_refused(project: Path) -> None:
    file = project / "spark-pipeline.yml"
    file.write_text("name: x\nstorage: s3://bucket/state\n")
    with pytest.raises(PipelineError) as caught:
        storage_folder(file)
    assert str(caught.value) == (
        f"{file}:2: Storage 's3://bucket/state' is not a local folder. Give one by --state DIR."
    )
