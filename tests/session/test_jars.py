from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.session.errors import JarsUnavailableError
from dlt_local.session.jars import DELTA_JARS, Jar, cached_jars

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STORAGE = DELTA_JARS[1]
NOBODY_LISTENS = "http://127.0.0.1:9"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the parent gave it
        pass


def publish(repository: Path, jar: Jar, contents: bytes) -> None:
    folder = repository.joinpath(*jar.organisation.split("."), jar.artifact, jar.revision)
    folder.mkdir(parents=True)
    (folder / jar.file_name).write_bytes(contents)
    (folder / jar.file_name).with_suffix(".pom").write_text(
        "<project><modelVersion>4.0.0</modelVersion>"
        f"<groupId>{jar.organisation}</groupId><artifactId>{jar.artifact}</artifactId><version>{jar.revision}</version>"
        "</project>",
        encoding="utf-8",
    )


def contents(jar: Jar) -> bytes:
    (path,) = cached_jars([jar])
    return path.read_bytes()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    storage = contents(STORAGE)
    monkeypatch.setenv("DLT_LOCAL_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "jars"
    folder.mkdir(parents=True)
    (folder / STORAGE.file_name).write_bytes(storage)
    return folder


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "repository"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("DLT_LOCAL_JAR_MIRROR", f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_cached_jars_need_no_network(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_LOCAL_JAR_MIRROR", NOBODY_LISTENS)

    assert cached_jars([STORAGE]) == (cache / STORAGE.file_name,)


def test_a_missing_jar_is_fetched_from_the_mirror(cache: Path, repository: Path) -> None:
    publish(repository, STORAGE, contents(STORAGE))
    (cache / STORAGE.file_name).unlink()

    (fetched,) = cached_jars([STORAGE])

    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == STORAGE.sha256
    assert [path.name for path in cache.iterdir()] == [STORAGE.file_name]


def test_a_damaged_jar_of_the_right_size_is_fetched_again(cache: Path, repository: Path) -> None:
    intact = contents(STORAGE)
    publish(repository, STORAGE, intact)
    (cache / STORAGE.file_name).write_bytes(bytes([intact[0] ^ 1]) + intact[1:])

    (fetched,) = cached_jars([STORAGE])

    assert fetched.read_bytes() == intact


def test_an_unreachable_registry_gives_one_line_that_names_the_jar_and_the_remedy(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / STORAGE.file_name).unlink()
    monkeypatch.setenv("DLT_LOCAL_JAR_MIRROR", NOBODY_LISTENS)

    with pytest.raises(JarsUnavailableError) as refusal:
        cached_jars([STORAGE])

    message = str(refusal.value)
    assert message.startswith(f"Cannot fetch {STORAGE.file_name}: ")
    assert "Connection refused" in message
    assert message.endswith("Connect to the network once, or set DLT_LOCAL_JAR_MIRROR to a Maven repository.")
    assert "\n" not in message
    assert list(cache.iterdir()) == []


def test_a_jar_that_is_not_the_pinned_one_is_refused(cache: Path, repository: Path) -> None:
    publish(repository, STORAGE, b"something else")
    (cache / STORAGE.file_name).unlink()

    with pytest.raises(JarsUnavailableError, match="checksum that is not the pinned one"):
        cached_jars([STORAGE])

    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DLT_LOCAL_CACHE", str(tmp_path / "file"))

    with pytest.raises(JarsUnavailableError, match=r"Cannot keep .*/file/jars: Not a directory\. Make the folder"):
        cached_jars([STORAGE])


def test_two_processes_may_fetch_at_once(cache: Path, repository: Path) -> None:
    publish(repository, STORAGE, contents(STORAGE))
    shutil.rmtree(cache)
    fetch = "from dlt_local.session.jars import *; print(*cached_jars(DELTA_JARS[1:]))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    both = [
        subprocess.Popen([sys.executable, "-c", fetch], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    assert [process.communicate()[0].strip() for process in both] == [str(cache / STORAGE.file_name)] * 2
    assert [path.name for path in cache.iterdir()] == [STORAGE.file_name]
