"""A session through Spark Connect: of Databricks, or of the server that SPARK_REMOTE names.

Runs in two environments: that of the project, and that of Databricks Connect, which has neither the runtime nor Java.
So nothing here may need more than pytest, PyYAML and the client.
"""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, cast

import pytest

from tests.credentials import workspace_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

# A host that does not answer is told within half a minute; the SDK would try for five minutes.
PATIENCE_SECONDS = 30
NOT_INSTALLED = "databricks-connect is not installed here: make test-connect has an environment of its own for it"


def pytest_sessionstart() -> None:
    """Both distributions own the folder `pyspark`; whichever was installed last has overwritten the other's files."""
    pyspark, connect = installed("pyspark"), installed("databricks-connect")
    if pyspark and connect:
        pytest.exit(
            f"pyspark {pyspark} and databricks-connect {connect} are both installed here, each over the other's files."
            " Make a new environment; requirements-connect.txt belongs in one of its own: make test-connect",
            returncode=pytest.ExitCode.USAGE_ERROR,
        )


@pytest.fixture(scope="session")
def connect() -> Iterator[SparkSession]:
    session = remote_session() if os.environ.get("SPARK_REMOTE") else databricks_session()
    yield session
    session.stop()


def remote_session() -> SparkSession:
    from pyspark.sql import SparkSession

    # With a classic session in the same process, functions would mix both kinds.
    return SparkSession.builder.remote(os.environ["SPARK_REMOTE"]).getOrCreate()


def databricks_session() -> SparkSession:
    """Serverless, unless DATABRICKS_CLUSTER_ID or a profile names a cluster."""
    if not installed("databricks-connect"):
        pytest.skip(NOT_INSTALLED)
    workspace_or_skip()
    from databricks.connect import DatabricksSession
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config

    config = Config(retry_timeout_seconds=PATIENCE_SECONDS, http_timeout_seconds=PATIENCE_SECONDS)
    if not config.cluster_id:
        config.serverless_compute_id = config.serverless_compute_id or "auto"
    # A session only fails at its first query, and then not in words about the login.
    WorkspaceClient(config=config).current_user.me()
    return cast("SparkSession", DatabricksSession.builder.sdkConfig(config).getOrCreate())


def installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
