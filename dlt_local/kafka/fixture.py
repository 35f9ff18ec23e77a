"""A pytest fixture: Kafka for the tests of a repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dlt_local.kafka.broker import running_broker
from dlt_local.kafka.protocol import SERVERS, KafkaCluster

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """A real broker for the whole run, or the one that KAFKA_BOOTSTRAP_SERVERS names; topics are made on demand."""
    other = os.environ.get(SERVERS)
    if other:
        yield KafkaCluster(other)
        return
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.cluster
