"""One Spark session for the whole run, in UTC, in an environment that is known to be sound."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from dlt_local.session import spark_session
from dlt_local.session.environment import refuse_databricks_connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

# pytester runs suites of other repositories.
pytest_plugins = [
    "dlt_local.pytest_plugin",
    "dlt_local.postgres.fixture",
    "tests.bundle.fake_workspace.fixture",
    "pytester",
]

os.environ["TZ"] = "UTC"
time.tzset()


def pytest_sessionstart() -> None:
    try:
        refuse_databricks_connect()
    except PipelineError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    warehouse = tmp_path_factory.mktemp("warehouse")
    session = spark_session(app_name="tests", settings={"spark.sql.warehouse.dir": warehouse.as_uri()})
    yield session
    session.stop()
