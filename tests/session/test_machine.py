from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.session import machine
from dlt_local.session.errors import SessionError

if TYPE_CHECKING:
    from pathlib import Path


CLASSES = "-XX:MetaspaceSize=256m"


@pytest.mark.parametrize(
    ("container_megabytes", "options"),
    [
        (1500, ["-Xmx1024m", "-Xms256m", "-XX:NewSize=128m", CLASSES]),
        (6000, ["-Xmx2000m", "-Xms500m", "-XX:NewSize=250m", CLASSES]),
    ],
)
def test_the_heap_is_a_third_of_the_containers_memory_but_at_least_a_gigabyte(
    container_megabytes: int, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(f"{container_megabytes * 1024 * 1024}\n", encoding="ascii")
    monkeypatch.setattr(machine, "_CONTAINER_LIMIT", limit)

    assert machine.heap_options(None) == options


def test_the_heap_is_what_the_driver_memory_says() -> None:
    assert machine.heap_options("700m") == ["-Xmx700m", CLASSES]


def test_an_unknown_compiler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_LOCAL_COMPILER", "fast")

    with pytest.raises(SessionError, match="DLT_LOCAL_COMPILER=fast is neither quick nor full"):
        machine.compiler_options()
