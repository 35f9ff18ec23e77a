"""When a driver is fetched."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from dlt_local.jdbc.drivers import fetch_if_mentioned
from dlt_local.project.spec import PipelineSpec
from dlt_local.session.errors import JarsUnavailableError
from dlt_local.session.jars import JDBC_DRIVER_JARS, cached_jars, extra_jars

if TYPE_CHECKING:
    from pathlib import Path

POSTGRESQL, SQL_SERVER = (JDBC_DRIVER_JARS[kind].file_name for kind in ("postgresql", "sqlserver"))


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven repository with the drivers, beside an empty cache."""
    for jar in JDBC_DRIVER_JARS.values():
        folder = (tmp_path / "mirror").joinpath(*jar.organisation.split("."), jar.artifact, jar.revision)
        folder.mkdir(parents=True)
        shutil.copy(cached_jars((jar,))[0], folder)
    monkeypatch.setenv("DLT_LOCAL_JAR_MIRROR", (tmp_path / "mirror").as_uri())
    monkeypatch.setenv("DLT_LOCAL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "jars"


@pytest.mark.parametrize(
    ("code", "setting", "jars"),
    [
        ("URL = 'jdbc:postgresql://host/shop'", "", [POSTGRESQL]),
        ("spark.read.format('jdbc')", "jdbc:sqlserver://host", [SQL_SERVER]),
        ("spark.read.format('jdbc')", "jdbc:mysql://host", []),
    ],
)
def test_a_url_in_the_sources_or_the_configuration_gets_its_driver(
    mirror: Path, tmp_path: Path, code: str, setting: str, jars: list[str]
) -> None:
    file = tmp_path / "sources" / "flow.py"
    file.parent.mkdir()
    file.write_text(code, encoding="utf-8")
    fetch_if_mentioned(PipelineSpec("p", "c", "s", file.parent, (file,), {"shop.url": setting}, file))
    assert [jar.name for jar in mirror.glob("*.jar")] == jars


def test_jars_of_the_user_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, missing = tmp_path / "mysql.jar", tmp_path / "nothing.jar"
    ours.touch()
    monkeypatch.setenv("DLT_LOCAL_JARS", str(ours))
    assert extra_jars() == (ours,)
    monkeypatch.setenv("DLT_LOCAL_JARS", f"{ours}:{missing}")
    with pytest.raises(JarsUnavailableError, match=r"nothing\.jar"):
        extra_jars()
