"""Starts the Java process that PySpark talks to.

PySpark would start it through two shell scripts and a second Java that only composes a command line. Composing it here
saves that, and keeps the incubating vector module away: it prints a warning, and small Java distributions lack it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from py4j.java_gateway import JavaClass, JavaMember, JVMView

from dlt_local.session.errors import SessionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from dlt_local.session.java import Java

LOG_LEVEL = "DLT_LOCAL_SPARK_LOG"
_START_SECONDS = 120
_OPENED_PACKAGES = (
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
    "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)
# What Spark's own launcher passes, without the vector module.
SPARK_OPTIONS = (
    "-XX:+IgnoreUnrecognizedVMOptions",
    *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED_PACKAGES),
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.allocator.type=pooled",
    "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dderby.connection.requireAuthentication=false",
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where the Java process listens, and the process itself; it ends when this process ends."""

    port: int
    secret: str
    process: subprocess.Popen[bytes]
    scratch: Path

    def stop(self) -> None:
        """Ends Java at once: nothing is written after the work, and an orderly end takes a second."""
        _forget_java_objects()
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.scratch, ignore_errors=True)


def spark_home() -> Path:
    """The folder of the installed pyspark; another Spark on the machine is never used."""
    import pyspark

    return Path(pyspark.__file__).parent


def class_path(jars: Sequence[Path]) -> str:
    """Sorted, because an archive of classes is only valid for the same class path in the same order."""
    sparks = sorted((spark_home() / "jars").glob("*.jar"))
    logging_first = [jar for jar in sparks if jar.name.startswith("slf4j-api-")]
    others = [jar for jar in sparks if jar not in logging_first]
    return os.pathsep.join(str(jar) for jar in (*logging_first, *others, *jars))


def start_gateway(java: Java, *, classes: str, options: Sequence[str], held_open: Sequence[int] = ()) -> Gateway:
    """Starts Java and waits until it listens; the options are Java's own.

    Java keeps the file descriptors in `held_open` open too: a lock on one of them lasts until Java has really ended,
    even if Python was killed.
    """
    scratch = Path(tempfile.mkdtemp(prefix="dlt-local-"))
    folders = [f"-Djava.io.tmpdir={scratch}", f"-Dspark.sql.warehouse.dir={(scratch / 'warehouse').as_uri()}"]
    command = [str(java.executable), *SPARK_OPTIONS, *folders, *options]
    command += ["-cp", classes, "org.apache.spark.deploy.SparkSubmit", "pyspark-shell"]
    address = scratch / "address"
    with (scratch / "errors").open("w+b") as errors:
        process = _start(command, address, errors, held_open)
        try:
            _wait(process, address, errors)
        except SessionError:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
    gateway = Gateway(*_read(address), process, scratch)
    atexit.register(gateway.stop)
    return gateway


def _start(
    command: Sequence[str], address: Path, errors: IO[bytes], held_open: Sequence[int]
) -> subprocess.Popen[bytes]:
    output = None if os.environ.get(LOG_LEVEL) else errors
    return subprocess.Popen(
        command,
        # Java ends when this pipe breaks, thus never outlives this process.
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=_environment(address),
        pass_fds=held_open,
        # Ctrl-C is for Python, which then stops Spark in order.
        process_group=0,
    )


def _environment(address: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    return inherited | {
        "SPARK_HOME": str(spark_home()),
        "SPARK_ENV_LOADED": "1",
        "SPARK_CONNECT_MODE": "0",
        "SPARK_SCALA_VERSION": "2.13",
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "_PYSPARK_DRIVER_CONN_INFO_PATH": str(address),
    }


def _wait(process: subprocess.Popen[bytes], address: Path, errors: IO[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not address.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.communicate()
            raise SessionError(
                f"Java did not start Spark: {_last_words(errors)}", remedy=f"Set {LOG_LEVEL}=info to see more."
            )
        time.sleep(0.01)


def _last_words(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = [line.strip() for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[0] if lines else "it printed nothing"


def remember_classes(session: SparkSession) -> None:
    """Let a Java class be looked up once: PySpark asks with nearly every function, and Java searches all jars."""
    jvm = session.sparkContext._jvm
    if jvm is not None and not isinstance(jvm, _RememberingView):
        jvm.__class__ = _RememberingView


class _RememberingView(JVMView):  # type: ignore[misc] # py4j has no types
    """Keeps what it found in its own attributes, where Python looks first."""

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if isinstance(found, JavaClass):
            found.__class__ = _RememberingClass
            setattr(self, name, found)
        return found


class _RememberingClass(JavaClass):  # type: ignore[misc] # likewise
    """Keeps its static methods; values of static fields are asked for each time."""

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if isinstance(found, JavaMember):
            setattr(self, name, found)
        return found


def end_orderly() -> None:
    """Lets Java end by itself, with everything that it does at its end."""
    from pyspark.core.context import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        _forget_java_objects()
        gateway.proc.communicate()


def _forget_java_objects() -> None:
    """Else py4j keeps asking a dead Java to release what Python's garbage collector finds."""
    from pyspark.core.context import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        gateway._gateway_client.is_connected = False


def _read(address: Path) -> tuple[int, str]:
    """A four-byte port, then a length and the secret; the file is renamed into place when it is complete."""
    contents = address.read_bytes()
    port, length = struct.unpack("!ii", contents[:8])
    return port, contents[8 : 8 + length].decode()
