"""The jars of the broker. They never meet Spark's class path, which holds another version of Kafka's client."""

from __future__ import annotations

from pathlib import Path

from dlt_local.session.jars import Jar, cached_jars

# org.apache.kafka:kafka_2.13:4.3.1 with everything that it needs, and a binding without which it logs nothing.
_PINNED = Path(__file__).with_name("broker_jars.txt")


def broker_jars() -> tuple[Path, ...]:
    """Paths in the user cache; fetched the first time. JarsUnavailableError if that fails."""
    return cached_jars([_pinned(line) for line in _PINNED.read_text(encoding="utf-8").splitlines()])


def _pinned(line: str) -> Jar:
    coordinates, sha256 = line.split()
    organisation, artifact, revision = coordinates.split(":")
    return Jar(organisation, artifact, revision, sha256)
