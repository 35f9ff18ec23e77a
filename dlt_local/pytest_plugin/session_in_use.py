"""Lives with a Spark session that the test suite has started itself."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dlt_local.session.errors import EnvironmentClashError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
_REMEDY = (
    "Let the suite's Spark fixture return dlt_local.session.spark_session(app_name='tests'),"
    " or run these tests in a pytest process of their own."
)


@contextmanager
def settings_kept() -> Iterator[None]:
    """Leave the process's time zone and a session that was there before as they were.

    EnvironmentClashError if that session, or the Java process of an ended one, cannot hold Delta tables.
    """
    zone = os.environ.get("TZ")
    session = _session_in_use()
    before = {} if session is None else dict(session.conf.getAll)
    try:
        yield
    finally:
        if session is not None:
            _restore(session, before)
        if zone != os.environ.get("TZ"):
            _use_zone(zone)


def _session_in_use() -> SparkSession | None:
    from pyspark.core.context import SparkContext
    from pyspark.sql import SparkSession

    if SparkContext._gateway is None:
        return None
    _refuse_java_without_delta(SparkContext._jvm)
    if SparkContext._active_spark_context is None:
        return None
    session = SparkSession.builder.getOrCreate()
    extensions = session.conf.get("spark.sql.extensions", "") or ""
    if _EXTENSION not in extensions or session.conf.get("spark.sql.catalog.spark_catalog", "") != _CATALOG:
        raise EnvironmentClashError("This process already has a Spark session, one without Delta", remedy=_REMEDY)
    return session


def _refuse_java_without_delta(jvm: object) -> None:
    from py4j.protocol import Py4JError

    try:
        jvm.java.lang.Class.forName(_EXTENSION)  # type: ignore[attr-defined] # a view of Java's packages
    except Py4JError as error:
        message = "This process has started Spark already, without the jars of Delta"
        raise EnvironmentClashError(message, remedy=_REMEDY) from error


def _restore(session: SparkSession, before: dict[str, str]) -> None:
    after = dict(session.conf.getAll)
    for key in after.keys() - before.keys():
        session.conf.unset(key)
    for key, value in before.items():
        if after.get(key) != value:
            session.conf.set(key, value)


def _use_zone(zone: str | None) -> None:
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    time.tzset()
