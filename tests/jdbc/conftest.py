"""The drivers are there before the first test starts Spark; without them, and without a registry, tests are skipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from dlt_local.session.errors import JarsUnavailableError
from dlt_local.session.jars import JDBC_DRIVER_JARS, cached_jars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.postgres.server import Server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    concerned = [item for item in items if item.path.is_relative_to(HERE)]
    try:
        if concerned:
            cached_jars(tuple(JDBC_DRIVER_JARS.values()))
    except JarsUnavailableError as error:
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=str(error)))


@pytest.fixture
def shop(postgres: Server) -> Iterator[psycopg.Connection]:
    """An open connection, and a schema `shop` that goes with it."""
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop")
        yield connection
        connection.execute("DROP SCHEMA shop CASCADE")
