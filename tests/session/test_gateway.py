from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dlt_local.session.errors import SessionError
from dlt_local.session.gateway import SPARK_OPTIONS, class_path, spark_home, start_gateway
from dlt_local.session.jars import DELTA_JARS, cached_jars
from dlt_local.session.java import find_java

ROOT = Path(__file__).parents[2]


def test_java_gets_the_options_of_sparks_own_launcher_except_the_vector_module() -> None:
    java = str(find_java().executable)
    composed = subprocess.run(
        [java, "-cp", class_path([]), "org.apache.spark.launcher.Main", "org.apache.spark.deploy.SparkSubmit", "shell"],
        env=os.environ | {"SPARK_HOME": str(spark_home()), "SPARK_SCALA_VERSION": "2.13"},
        capture_output=True,
        text=True,
        check=True,
    )
    arguments = composed.stdout.strip("\0\n").split("\0")
    own = [argument for argument in arguments if argument.startswith("-") and argument not in ("-cp", "-Xmx1g")]

    assert list(SPARK_OPTIONS) == [option for option in own if option != "--add-modules=jdk.incubator.vector"]


def test_a_java_that_does_not_start_gives_its_first_words() -> None:
    with pytest.raises(SessionError) as refusal:
        start_gateway(find_java(), classes=class_path(cached_jars(DELTA_JARS)), options=["-Xmx1k"])

    assert str(refusal.value).startswith("Java did not start Spark: Error occurred during initialization of VM")


def test_a_lock_outlasts_a_killed_python_until_java_has_ended(tmp_path: Path) -> None:
    work = (
        "import fcntl\n"
        "from pyspark.core.context import SparkContext\n"
        "from dlt_local.session import spark_session\n"
        f"lock = open('{tmp_path}/lock', 'w')\n"
        "fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "spark_session(app_name='killed', held_open=[lock.fileno()])\n"
        "print(SparkContext._gateway.proc.pid, flush=True)\n"
        "input()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", work], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as python:
        assert python.stdout
        java = int(python.stdout.readline())
        os.kill(java, signal.SIGSTOP)
        python.kill()

    with (tmp_path / "lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(java, signal.SIGCONT)
        fcntl.flock(lock, fcntl.LOCK_EX)
