"""Published jars, fetched once into the user cache and checked by SHA-256 at every start."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.session.cache import cache_folder
from dlt_local.session.errors import JarsUnavailableError
from dlt_local.session.java import find_java

if TYPE_CHECKING:
    from collections.abc import Sequence

MIRROR = "DLT_LOCAL_JAR_MIRROR"
EXTRA_JARS = "DLT_LOCAL_JARS"
_RESOLVE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Jar:
    """A published jar and the only contents that are accepted for it."""

    organisation: str
    artifact: str
    revision: str
    sha256: str

    @property
    def file_name(self) -> str:
        """As the registry names it."""
        return f"{self.artifact}-{self.revision}.jar"


DELTA_JARS = (
    Jar(
        "io.delta",
        "delta-spark_4.2_2.13",
        "4.4.0",
        "27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead",
    ),
    Jar("io.delta", "delta-storage", "4.4.0", "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc"),
)


# What spark-sql-kafka-0-10 needs beyond what Spark brings. Its token provider was published for 4.0.0, not for 4.2.0.
KAFKA_CONNECTOR_JARS = (
    Jar(
        "org.apache.spark",
        "spark-sql-kafka-0-10_2.13",
        "4.2.0",
        "64539c45e5d39f7ddb747312c239f38f5208d08c1a0ddf7d70beb2fbd9373705",
    ),
    Jar(
        "org.apache.spark",
        "spark-token-provider-kafka-0-10_2.13",
        "4.0.0",
        "f2be3b76f9e6cbe63379d4e4e0dc14f59dbf056ae2ad16ff15ac108004c86767",
    ),
    Jar(
        "org.apache.kafka", "kafka-clients", "3.9.2", "014b4ef36884478a932641818b080c36a8f8e2e92dc771e800c9d2694f4f83d8"
    ),
    Jar(
        "org.apache.commons",
        "commons-pool2",
        "2.13.1",
        "f77a5060d6936a9144023584232f9de3f2248f1abfe156e9d31795f18770674f",
    ),
)

# By the kind of database, as in `jdbc:<kind>:`.
JDBC_DRIVER_JARS = {
    "postgresql": Jar(
        "org.postgresql",
        "postgresql",
        "42.7.14",
        "73914527305a40cce504b0d3d90b23caf565136912d607ae8ae7c5895512332c",
    ),
    "sqlserver": Jar(
        "com.microsoft.sqlserver",
        "mssql-jdbc",
        "13.6.2.jre11",
        "5fbc0a70fe4d1d563d431a41b23f493d68807571f0bb49db0bb1737e83e9161f",
    ),
}


def extra_jars() -> tuple[Path, ...]:
    """Jars of the user's own, such as drivers of other databases. JarsUnavailableError if one is not there."""
    jars = tuple(Path(name) for name in os.environ.get(EXTRA_JARS, "").split(os.pathsep) if name)
    for jar in jars:
        if not jar.is_file():
            raise JarsUnavailableError(
                f"There is no jar {jar}", remedy=f"Correct the environment variable {EXTRA_JARS}."
            )
    return jars


def cached_jars(jars: Sequence[Jar]) -> tuple[Path, ...]:
    """Paths of the cached jars; missing and damaged ones are fetched. JarsUnavailableError if that fails."""
    folder = cache_folder("jars")
    missing = [jar for jar in jars if not _is_intact(folder / jar.file_name, jar)]
    if missing:
        _fetch(missing, folder)
    return tuple(folder / jar.file_name for jar in jars)


def jars_at_hand(jars: Sequence[Jar]) -> tuple[Path, ...]:
    """Paths of the cached jars; none of them unless all are there and intact."""
    folder = cache_folder("jars")
    paths = tuple(folder / jar.file_name for jar in jars)
    return paths if all(_is_intact(path, jar) for path, jar in zip(paths, jars, strict=True)) else ()


def _is_intact(path: Path, jar: Jar) -> bool:
    try:
        with path.open("rb") as contents:
            return hashlib.file_digest(contents, "sha256").hexdigest() == jar.sha256
    except OSError:
        return False


def _fetch(jars: Sequence[Jar], folder: Path) -> None:
    """Two processes may do this at once: each downloads aside, and the rename of equal contents is atomic."""
    names = _listed(jars)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as aside:
            report = _resolve(jars, Path(aside))
            for jar in jars:
                _accept(Path(aside) / jar.file_name, jar, folder, report)
    except OSError as error:
        raise JarsUnavailableError(
            f"Cannot keep {names} in {folder}: {error.strerror or error}",
            remedy="Make the folder writable or set DLT_LOCAL_CACHE to another one.",
        ) from error


def _listed(jars: Sequence[Jar]) -> str:
    first, *others = (jar.file_name for jar in jars)
    return f"{first} and {len(others)} other jars" if len(others) > 1 else " and ".join((first, *others))


def _accept(fetched: Path, jar: Jar, folder: Path, report: str) -> None:
    if not fetched.exists():
        raise JarsUnavailableError(
            f"Cannot fetch {jar.file_name}: {_reason(report)}",
            remedy=f"Connect to the network once, or set {MIRROR} to a Maven repository.",
        )
    if not _is_intact(fetched, jar):
        raise JarsUnavailableError(
            f"{jar.file_name} was fetched with a checksum that is not the pinned one",
            remedy=f"Try again; if {MIRROR} is set, compare that mirror with the original.",
        )
    fetched.replace(folder / jar.file_name)


def _resolve(jars: Sequence[Jar], target: Path) -> str:
    """Ivy comes with pyspark, so that neither Maven nor a running Spark is needed; gives what Ivy printed."""
    import pyspark

    (ivy,) = Path(pyspark.__file__).parent.glob("jars/ivy-*.jar")
    (target / "settings.xml").write_text(_ivy_settings(target), encoding="utf-8")
    (target / "ivy.xml").write_text(_ivy_module(jars), encoding="utf-8")
    command: list[str | Path] = [find_java().executable, "-cp", ivy, "org.apache.ivy.Main", "-warn"]
    command += ["-settings", target / "settings.xml", "-ivy", target / "ivy.xml", "-confs", "default"]
    command += ["-retrieve", f"{target}/[artifact]-[revision].[ext]", "-types", "jar", "bundle"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_RESOLVE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {_RESOLVE_SECONDS} seconds"
    return done.stdout + done.stderr


def _ivy_settings(target: Path) -> str:
    """All jars are named, so that no description of them or of their parents need be fetched."""
    mirror = os.environ.get(MIRROR)
    root = f' root="{mirror.rstrip("/")}/"' if mirror else ""
    return f"""<ivysettings>
  <settings defaultResolver="registry"/>
  <caches defaultCacheDir="{target}/ivy"/>
  <resolvers><ibiblio name="registry" m2compatible="true" usepoms="false"{root}/></resolvers>
</ivysettings>
"""


def _ivy_module(jars: Sequence[Jar]) -> str:
    wanted = "\n".join(
        f'    <dependency org="{jar.organisation}" name="{jar.artifact}" rev="{jar.revision}"'
        ' conf="default->default" transitive="false"/>'
        for jar in jars
    )
    return f"""<ivy-module version="2.0">
  <info organisation="local" module="jars"/>
  <configurations><conf name="default"/></configurations>
  <dependencies>
{wanted}
  </dependencies>
</ivy-module>
"""


def _reason(report: str) -> str:
    """The line of Ivy's report that names the cause."""
    lines = [line.strip(" \t:") for line in report.splitlines()]
    for sign in ("Exception", "no answer", "not found"):
        causes = [line for line in lines if sign in line]
        if causes:
            return causes[0]
    return "the registry did not deliver it"
