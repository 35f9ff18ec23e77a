"""A Spark Connect server of the pinned pyspark, as a process of its own on a free port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dlt_local.session.class_archive import archive_file, archive_options
from dlt_local.session.gateway import SPARK_OPTIONS, class_path
from dlt_local.session.jars import DELTA_JARS, cached_jars
from dlt_local.session.java import find_java
from dlt_local.session.machine import compiler_options
from dlt_local.session.spark import tuned_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
START_SECONDS, STOP_SECONDS = 120, 30
# The server says only in its log which free port it took.
LOG_CONFIGURATION = f"""
status = fatal
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
logger.server.name = {SERVER}
logger.server.level = info
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
"""
STARTED = re.compile(r"Spark Connect server started at: \S+:(\d+)")


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Its address for SPARK_REMOTE; the server ends with the block, at the latest with this process."""
    log = folder / "server.log"
    with log.open("wb") as output:
        tied = [sys.executable, "-m", "dlt_local.kafka.tied_process", str(os.getpid())]
        process = subprocess.Popen([*tied, *_java(folder)], stdout=output, stderr=subprocess.STDOUT)
    try:
        yield f"sc://127.0.0.1:{_port(process, log)}"
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _java(folder: Path) -> list[str]:
    (folder / "log4j2.properties").write_text(LOG_CONFIGURATION, encoding="utf-8")
    java, classes = find_java(), class_path(cached_jars(DELTA_JARS))
    settings = tuned_settings(2) | {
        "spark.master": "local[2]",
        "spark.app.name": "connect",
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
    }
    options = [
        "-Xmx1g",
        *compiler_options(),
        "-Duser.timezone=UTC",
        f"-Dlog4j2.configurationFile={(folder / 'log4j2.properties').as_uri()}",
        f"-Djava.io.tmpdir={folder}",
        *archive_options(archive_file(java, classes)),
        *(f"-D{key}={value}" for key, value in settings.items()),
    ]
    return [str(java.executable), *SPARK_OPTIONS, *options, "-cp", classes, SERVER]


def _port(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        started = STARTED.search(log.read_text(encoding="utf-8", errors="replace"))
        if started:
            return started[1]
        time.sleep(0.05)
    raise RuntimeError(f"The Spark Connect server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
