"""The command in this process; a broker whose jars are there, or tests that are skipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from dlt_local.kafka.broker_jars import broker_jars
from dlt_local.session.errors import JarsUnavailableError
from simulator.commands.app import app

if TYPE_CHECKING:
    from typer.testing import Result

    from dlt_local.kafka.protocol import KafkaCluster

HERE = Path(__file__).parent
FitnessSim = Callable[..., "Result"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    concerned = [
        item for item in items if item.path.is_relative_to(HERE) and "kafka" in getattr(item, "fixturenames", ())
    ]
    try:
        if concerned:
            broker_jars()
    except JarsUnavailableError as error:
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=str(error)))


@pytest.fixture
def fitness_sim(kafka: KafkaCluster, monkeypatch: pytest.MonkeyPatch) -> FitnessSim:
    """Call the command with arguments, on the broker of the tests."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap_servers)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="fitness-sim")

    return call


@pytest.fixture
def shown(fitness_sim: FitnessSim) -> Callable[..., list[dict[str, Any]]]:
    """All messages of a topic as the command shows them."""

    def messages(topic: str, *options: object) -> list[dict[str, Any]]:
        done = fitness_sim("tail", topic, "--from-beginning", "--until-end", "--format", "json", *options)
        assert done.exit_code == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return messages
