from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from dlt_local.session import class_archive
from dlt_local.session.class_archive import archive_file, archive_options, build_archive
from dlt_local.session.java import Java


@pytest.fixture
def jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DLT_LOCAL_CACHE", str(tmp_path / "cache"))
    jar = tmp_path / "some.jar"
    jar.write_bytes(b"classes")
    return jar


def test_another_java_or_another_jar_gets_another_archive(jar: Path) -> None:
    first = archive_file(Java(Path("java"), "17.0.15"), str(jar))
    newer_java = archive_file(Java(Path("java"), "21.0.8"), str(jar))
    jar.write_bytes(b"other classes")
    newer_jar = archive_file(Java(Path("java"), "17.0.15"), str(jar))

    assert len({first, newer_java, newer_jar}) == 3


def test_without_an_archive_java_gets_no_option(jar: Path) -> None:
    assert archive_options(archive_file(Java(Path("java"), "17"), str(jar))) == []


def test_the_archive_can_be_switched_off(jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archive_file(Java(Path("java"), "17"), str(jar))
    archive.parent.mkdir(parents=True)
    archive.touch()
    assert archive_options(archive) == [f"-XX:SharedArchiveFile={archive}", "-Xshare:auto"]

    monkeypatch.setenv(class_archive.SWITCH, "off")

    assert archive_options(archive) == []


def test_a_build_that_fails_leaves_no_archive_and_is_not_tried_again_today(
    jar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_file(Java(Path("java"), "17"), str(jar))
    failing = jar.with_name("python")
    failing.write_text(f"#!/bin/sh\necho tried >> {jar.parent}/log\nexit 1\n", encoding="utf-8")
    failing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(failing))

    assert (build_archive(archive), build_archive(archive)) == (False, False)
    assert (jar.parent / "log").read_text("utf-8") == "tried\n"
    assert not list(archive.parent.glob("*.jsa"))


def test_two_builds_at_once_are_one(jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archive_file(Java(Path("java"), "17"), str(jar))
    archive.parent.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", os.devnull)
    with archive.with_suffix(".lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert build_archive(archive) is False
    assert not archive.with_suffix(".failed").exists()
