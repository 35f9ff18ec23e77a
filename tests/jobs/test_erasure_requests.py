"""The table of requests to be forgotten, from its making to the closing of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bundle.job_sql import run_sql_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

REQUESTS = "requested.erasure_requests"


@pytest.fixture
def requests(spark: SparkSession) -> Iterator[str]:
    """Two requests, one before and one while the job runs."""
    spark.sql("CREATE SCHEMA requested")
    run_sql_file(spark, "make_erasure_requests.sql", requests=REQUESTS)
    spark.sql("INSERT INTO requested.erasure_requests VALUES (1, '2026-04-14 08:00:00', NULL)")
    spark.sql("INSERT INTO requested.erasure_requests VALUES (2, '2026-04-14 09:00:01', NULL)")
    yield REQUESTS
    spark.sql("DROP SCHEMA requested CASCADE")


def test_requests_of_before_the_run_are_closed_and_later_ones_wait(spark: SparkSession, requests: str) -> None:
    run_sql_file(spark, "make_erasure_requests.sql", requests=requests)
    assert run_sql_file(spark, "open_erasure_requests.sql", requests=requests)[0].open_requests == 2
    run_sql_file(spark, "close_erasure_requests.sql", requests=requests, started_at="2026-04-14T09:00:00Z")
    assert [row.user_id for row in spark.read.table(requests).where("erased_at IS NULL").collect()] == [2]
    closed = spark.read.table(requests).where("erased_at IS NOT NULL").collect()
    run_sql_file(spark, "close_erasure_requests.sql", requests=requests, started_at="2026-04-14T10:00:00Z")
    assert spark.read.table(requests).where("user_id = 1").collect() == closed
    assert run_sql_file(spark, "open_erasure_requests.sql", requests=requests)[0].open_requests == 0
