"""All jars are there before the first test starts Spark; without them, and without a registry, tests are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_local.kafka.broker_jars import broker_jars
from dlt_local.session.errors import JarsUnavailableError
from dlt_local.session.jars import KAFKA_CONNECTOR_JARS, cached_jars

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    concerned = [item for item in items if item.path.is_relative_to(HERE)]
    try:
        if concerned:
            cached_jars(KAFKA_CONNECTOR_JARS)
            broker_jars()
    except JarsUnavailableError as error:
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=str(error)))
