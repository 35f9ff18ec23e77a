"""The local `dbutils`: secrets stay secret, widgets have values, no path leads out of the state folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from dlt_local import redaction
from dlt_local.dbutils import DBUtils
from dlt_local.errors import PipelineError
from dlt_local.project.spec import PipelineSpec
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

CANARY = "s3cr3t-c4n4ry"


@pytest.fixture(autouse=True)
def _forget_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_values", set())


@pytest.fixture
def dbutils(tmp_path: Path) -> DBUtils:
    project = tmp_path / "project"
    project.mkdir()
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "day1.csv").write_text("a,b")
    settings = {"start": "2026-04-14", "landing": str(landing)}
    spec = PipelineSpec("p", "c", "s", project, (), settings, project / "databricks.yml")
    return DBUtils(spec, StateFolder(tmp_path / "state"))


def test_a_secret_is_in_no_event_and_no_error(pipeline: PipelineProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_LOCAL_SECRET_KAFKA_THE_PASSWORD", CANARY)
    pipeline.source(
        "leak.py",
        """
        import dlt
        from pyspark.dbutils import DBUtils

        password = dbutils.secrets.get("kafka", "the-password")
        assert DBUtils(spark).secrets.get(scope="kafka", key="the-password") == password

        @dlt.table(comment=f"password {password}")
        @dlt.expect(f"not {password}", "true")
        def leak():
            return spark.sql(f"SELECT raise_error('login failed with {password}') AS x")
        """,
    )
    result = pipeline.update()
    assert result.state == "FAILED"
    assert all("login failed with [REDACTED]" in error for error in result.errors)
    log = pa.table(DeltaTable(pipeline.state / "pipelines/tested/event_log").scan()).to_pylist()
    assert "[REDACTED]" in str(log)
    assert CANARY not in str(log)


def test_secrets_from_a_file(dbutils: DBUtils, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secrets.yml"
    file.write_text("kafka: {user: ann, password: hunter22}\n")
    monkeypatch.setenv("DLT_LOCAL_SECRETS", str(file))
    assert dbutils.secrets.get("kafka", "user") == "ann"
    assert dbutils.secrets.getBytes("kafka", "password") == b"hunter22"
    assert dbutils.secrets.list("kafka") == ["password", "user"]
    assert dbutils.secrets.listScopes() == ["kafka"]
    with pytest.raises(PipelineError, match="no secret 'pasword' in scope 'kafka'"):
        dbutils.secrets.get("kafka", "pasword")


def test_a_secrets_file_in_the_project_is_refused(
    dbutils: DBUtils, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "project/secrets.yml"
    file.write_text("kafka: {password: hunter22}\n")
    monkeypatch.setenv("DLT_LOCAL_SECRETS", str(file))
    with pytest.raises(PipelineError, match="lies inside the project"):
        dbutils.secrets.get("kafka", "password")
    broken = tmp_path / "broken.yml"
    broken.write_text("password: [hunter22\n")
    monkeypatch.setenv("DLT_LOCAL_SECRETS", str(broken))
    with pytest.raises(PipelineError, match="cannot be read") as raised:
        dbutils.secrets.get("kafka", "password")
    assert "hunter22" not in str(raised.value)


def test_widgets_have_the_configured_value_or_the_default(dbutils: DBUtils) -> None:
    dbutils.widgets.text("start", "never")
    dbutils.widgets.dropdown("size", "small", ["small", "large"])
    assert dbutils.widgets.get("start") == "2026-04-14"
    assert dbutils.widgets.get("size") == "small"
    dbutils.widgets.multiselect("days", "Mon", ["Mon", "Tue"])
    dbutils.widgets.combobox("gym", "Main Street", ["Harbour"])
    given = {name: value for name, value in dbutils.widgets.getAll().items() if name != "landing"}
    assert given == {"start": "2026-04-14", "size": "small", "days": "Mon", "gym": "Main Street"}
    assert dbutils.widgets.getArgument("nothing", "else") == "else"
    dbutils.widgets.remove("size")
    with pytest.raises(PipelineError, match=r"There is no widget 'stat'\. Did you mean 'start'\?"):
        dbutils.widgets.get("stat")
    with pytest.raises(PipelineError, match="'medium' of widget 'size' is not one of its choices"):
        dbutils.widgets.dropdown("size", "medium", ["small", "large"])
    dbutils.widgets.removeAll()
    assert set(dbutils.widgets.getAll()) == {"start", "landing"}


def test_files_lie_in_the_state_folder(dbutils: DBUtils, tmp_path: Path) -> None:
    fs = dbutils.fs
    fs.put("dbfs:/Volumes/a/b/x.txt", "hello")
    assert (tmp_path / "state/dbfs/Volumes/a/b/x.txt").read_text() == "hello"
    assert fs.head("/Volumes/a/b/x.txt", 4) == "hell"
    fs.cp("/Volumes/a/b/x.txt", "/copy/y.txt")
    fs.mv("/copy/y.txt", "/copy/z.txt")
    assert [(info.path, info.name, info.size, info.isDir()) for info in fs.ls("/")] == [
        ("dbfs:/Volumes/", "Volumes/", 0, True),
        ("dbfs:/copy/", "copy/", 0, True),
    ]
    assert [info.name for info in fs.ls("/copy")] == ["z.txt"]
    with pytest.raises(PipelineError, match=r"exists. Pass overwrite=True"):
        fs.put("/copy/z.txt", "again")
    with pytest.raises(PipelineError, match=r"is a folder. Pass recurse=True"):
        fs.rm("/copy")
    assert fs.rm("/copy", recurse=True)
    assert not fs.rm("/copy")
    with pytest.raises(PipelineError, match="No file or folder /copy"):
        fs.ls("/copy")


def test_a_configured_folder_can_be_read_and_not_written(dbutils: DBUtils, tmp_path: Path) -> None:
    landing = dbutils.widgets.get("landing")
    (file,) = dbutils.fs.ls(landing)
    assert (file.path, file.name, file.size) == ((tmp_path / "landing/day1.csv").as_uri(), "day1.csv", 3)
    assert dbutils.fs.head(f"{landing}/day1.csv") == "a,b"
    dbutils.fs.cp(f"{landing}/day1.csv", "/copy.csv")
    assert dbutils.fs.head("/copy.csv") == "a,b"
    dbutils.fs.put(f"{landing}/new.csv", "x")
    assert [path.name for path in (tmp_path / "landing").iterdir()] == ["day1.csv"]
    assert not dbutils.fs.rm(f"{landing}/day1.csv")


@pytest.mark.parametrize("path", ["/../../etc/passwd", "s3://bucket/x", "/Volumes/../../../x"])
def test_no_path_leads_out(dbutils: DBUtils, path: str) -> None:
    with pytest.raises(PipelineError, match="leads out of the file system"):
        dbutils.fs.head(path)


def test_a_link_does_not_lead_out(dbutils: DBUtils, tmp_path: Path) -> None:
    dbutils.fs.mkdirs("/a")
    (tmp_path / "state/dbfs/a/out").symlink_to(tmp_path)
    with pytest.raises(PipelineError, match="leads out of the file system"):
        dbutils.fs.ls("/a/out")


def test_other_utilities_are_refused_by_name(dbutils: DBUtils) -> None:
    with pytest.raises(PipelineError, match=r"'dbutils.notebook' is not supported by dlt_local. There are fs, secrets"):
        dbutils.notebook.run("other")
