"""The Spark session of the local runtime, set for small data on few cores."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dlt_local.session.class_archive import archive_file, archive_options, build_in_background, is_training
from dlt_local.session.environment import refuse_databricks_connect
from dlt_local.session.gateway import class_path, remember_classes, start_gateway
from dlt_local.session.jars import (
    DELTA_JARS,
    JDBC_DRIVER_JARS,
    KAFKA_CONNECTOR_JARS,
    cached_jars,
    extra_jars,
    jars_at_hand,
)
from dlt_local.session.java import find_java
from dlt_local.session.machine import compiler_options, cores, heap_options, task_slots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from dlt_local.session.gateway import Gateway

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
# How PySpark is told of a Java that already runs.
_GATEWAY = ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET")
_LOG_CONFIGURATION = Path(__file__).parent / "log4j2.properties"
_CHECKPOINT_FILES = "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"


def spark_session(
    *,
    app_name: str,
    master: str | None = None,
    settings: Mapping[str, str] = NO_SETTINGS,
    held_open: Sequence[int] = (),
    long_running: bool = False,
) -> SparkSession:
    """The session of this process, with Delta; settings given here win over the tuned ones.

    File descriptors in `held_open` stay open until Java has ended, so that a lock outlasts a killed Python. One that is
    `long_running` takes time to compile well, and runs more tasks at once than there are cores.
    Times are UTC everywhere, in this process too: a pipeline must not depend on where its laptop stands.
    """
    from pyspark.core.context import SparkContext
    from pyspark.sql import SparkSession

    refuse_databricks_connect()
    _use_utc()
    _silence_error_log()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    compiler = compiler_options(long_running=long_running)
    gateway = _start_java(settings, held_open, compiler) if SparkContext._gateway is None else None
    slots = task_slots() if long_running else cores()
    builder = SparkSession.builder.appName(app_name).master(master or f"local[{slots}]")
    for key, value in {**tuned_settings(cores()), **settings}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    # Left there, they would lead Spark in a process that this one starts to this one's Java.
    for name in _GATEWAY:
        os.environ.pop(name, None)
    if gateway is not None and SparkContext._gateway is not None:
        SparkContext._gateway.proc = gateway.process
    remember_classes(session)
    _silence_end_of_java(session)
    return session


def tuned_settings(parallelism: int) -> dict[str, str]:
    """What Spark is told before anything of the user's."""
    return {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # Without it a table made without a format silently becomes Parquet.
        "spark.sql.sources.default": "delta",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": str(parallelism),
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.adaptive.enabled": "false",
        # Otherwise Spark leaves the parameters of `spark.sql` to the parser, and that of Delta does not know them.
        "spark.sql.legacy.parameterSubstitution.constantsOnly": "true",
        # The default manager starts a process for each checkpoint file.
        "spark.sql.streaming.checkpointFileManagerClass": _CHECKPOINT_FILES,
        "spark.sql.streaming.numRecentProgressUpdates": "10000",
        # Each column function would tell Java three times where it was called, with a walk over the stack each time.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        # Each sort and each aggregation of each task takes a page at least, by default of 64 MB that Java fills with 0.
        "spark.buffer.pageSize": "2m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }


def _use_utc() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()


def _silence_error_log() -> None:
    """PySpark prints each error that it raises to standard error, as one line of JSON with the whole Java stack."""
    from pyspark.logger import PySparkLogger

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)
    # An exception in a micro-batch function ends its query, which raises it again.
    logging.getLogger("py4j.clientserver").setLevel(logging.CRITICAL)


def _silence_end_of_java(session: SparkSession) -> None:
    """After Python functions have run, Java's end would print a stack trace: it closes the line for their counters."""
    server = session.sparkContext._accumulatorServer
    if server is None:
        return
    print_error = server.handle_error

    def handle_error(request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), EOFError | ConnectionError):
            print_error(request, client_address)

    server.handle_error = handle_error  # type: ignore[method-assign] # a property of the server, not of its class


def _connectors() -> tuple[Path, ...]:
    drivers = [path for jar in JDBC_DRIVER_JARS.values() for path in jars_at_hand((jar,))]
    return (*jars_at_hand(KAFKA_CONNECTOR_JARS), *drivers, *extra_jars())


def _start_java(settings: Mapping[str, str], held_open: Sequence[int], compiler: Sequence[str]) -> Gateway:
    java = find_java()
    sparks = class_path(cached_jars(DELTA_JARS))
    archive = archive_file(java, sparks)
    # Whether or not anything uses them: they cost nothing unless a class of theirs is loaded, and an archive made for a
    # class path also serves longer ones.
    connectors = () if is_training() else _connectors()
    classes = os.pathsep.join((sparks, *map(str, connectors)))
    options = [
        *heap_options(settings.get("spark.driver.memory")),
        *compiler,
        "-Duser.timezone=UTC",
        "-Djdk.lang.Process.launchMechanism=VFORK",
        f"-Dlog4j2.configurationFile={_LOG_CONFIGURATION.as_uri()}",
        *archive_options(archive),
        *settings.get("spark.driver.extraJavaOptions", "").split(),
    ]
    gateway = start_gateway(java, classes=classes, options=options, held_open=held_open)
    atexit.register(build_in_background, archive)
    os.environ |= dict(zip(_GATEWAY, (str(gateway.port), gateway.secret), strict=True))
    return gateway
