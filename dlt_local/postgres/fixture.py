"""A pytest fixture: PostgreSQL for the tests of a repository."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.postgres.server import Server, ServerError, binaries, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real server for the whole run; skipped, with the reason, where PostgreSQL is not installed."""
    try:
        binaries()
    except ServerError as error:
        pytest.skip(str(error))
    # Not in a folder of pytest: only its owner may enter those, and a server that root starts runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, running_server(Path(folder)) as server:
        yield server
