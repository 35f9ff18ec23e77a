"""JDBC drivers: fetched when a pipeline first mentions their URLs, then on the class path of every Java."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from py4j.protocol import Py4JError

from dlt_local.jdbc.errors import DriverMissingError
from dlt_local.jdbc.options import URL, kind_of
from dlt_local.session.errors import JarsUnavailableError
from dlt_local.session.jars import EXTRA_JARS, JDBC_DRIVER_JARS, cached_jars

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from dlt_local.project.spec import PipelineSpec
    from dlt_local.source_location import SourceLocation

_CLASSES = {
    "postgresql": "org.postgresql.Driver",
    "sqlserver": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
}


def fetch_if_mentioned(spec: PipelineSpec) -> None:
    """Fetch drivers before Java starts, for URLs in the sources or the configuration; the word alone may not fail."""
    files = {*spec.source_files, *spec.root_path.rglob("*.py")}
    texts = [file.read_bytes() for file in files if file.is_file()]
    texts += [value.encode() for value in spec.configuration.values()]
    for kind, jar in JDBC_DRIVER_JARS.items():
        if any(f"jdbc:{kind}:".encode() in text for text in texts):
            with suppress(JarsUnavailableError):
                cached_jars((jar,))


def require_driver(spark: SparkSession, options: Mapping[str, str], where: SourceLocation) -> None:
    """DriverMissingError if this Java has no driver for the URL; JarsUnavailableError if it cannot be fetched."""
    kind = kind_of(options[URL])
    name = options.get("driver") or _CLASSES.get(kind)
    if _is_there(spark, name, options[URL]):
        return
    if kind not in JDBC_DRIVER_JARS or name != _CLASSES[kind]:
        wanted = f"no driver {options['driver']}" if "driver" in options else f"no JDBC driver for 'jdbc:{kind}:'"
        remedy = f"Name the driver's jar in the environment variable {EXTRA_JARS}, and start the process again."
        raise DriverMissingError(f"There is {wanted} here", where=where, remedy=remedy)
    try:
        cached_jars((JDBC_DRIVER_JARS[kind],))
    except JarsUnavailableError as error:
        error.where = where
        raise
    message = f"Spark runs in this process already, without the driver for 'jdbc:{kind}:', which is now in the cache"
    raise DriverMissingError(message, where=where, remedy="Start the process again.")


def _is_there(spark: SparkSession, name: str | None, url: str) -> bool:
    jvm = spark._jvm
    try:
        if name is None:
            jvm.java.sql.DriverManager.getDriver(url)  # type: ignore[union-attr] # only Spark Connect has none
        else:
            jvm.java.lang.Class.forName(name)  # type: ignore[union-attr] # likewise
    except Py4JError:
        return False
    return True
