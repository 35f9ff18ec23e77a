from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlt_local.session.errors import SessionError
from dlt_local.session.gateway import SPARK_OPTIONS, class_path, spark_home, start_gateway
from dlt_local.session.jars import delta_jars
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
        start_gateway(find_java(), classes=class_path(delta_jars()), options=["-Xmx1k"])

    assert str(refusal.value).startswith("Java did not start Spark: Error occurred during initialization of VM")


def test_java_ends_with_a_killed_python() -> None:
    work = (
        "import os, signal\n"
        "from pyspark.core.context import SparkContext\n"
        "from dlt_local.session import spark_session\n"
        "spark_session(app_name='killed')\n"
        "print(SparkContext._gateway.proc.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", work], env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as python:
        assert python.stdout is not None
        java = Path("/proc") / python.stdout.readline().strip()

    deadline_in_polls = 2000
    while java.exists() and deadline_in_polls:
        deadline_in_polls -= 1
        _pause()
    assert not java.exists()


def _pause() -> None:
    subprocess.run(["sleep", "0.01"], check=True)
