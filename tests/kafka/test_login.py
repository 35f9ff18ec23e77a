"""A broker that asks for a name and a password."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.kafka.broker import Broker, running_broker
from dlt_local.kafka.errors import BrokerError
from dlt_local.kafka.login import Login, read_login
from dlt_local.kafka.protocol import KafkaCluster
from tests.kafka.lakehouse import updated
from tests.kafka.messages import Message, received, send
from tests.kafka.reading import reading, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from dlt_local.pytest_plugin import PipelineProject

ANN = Login("ann", 'canary-8264 "\\ é')
WRONG = Login("ann", "canary-wrong-5518")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("guarded"), login=ANN) as started:
        started.cluster.create_topics({"bpm": 1})
        send(started.cluster, "bpm", Message("a"), Message("b"))
        yield started


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_the_right_password_reads(pipeline: PipelineProject, broker: Broker, mechanism: str) -> None:
    options = {"subscribe": "bpm", "startingOffsets": "earliest", **ANN.client_options(mechanism)}
    reading(pipeline, broker.cluster, **options)
    assert pipeline.update().errors == ()
    assert pipeline.table("messages") == [row(0, "a"), row(1, "b")]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a_wrong_password_is_refused_quickly_and_shown_nowhere(
    pipeline: PipelineProject, broker: Broker, mechanism: str
) -> None:
    reading(pipeline, broker.cluster, subscribe="bpm", **WRONG.client_options(mechanism))
    pipeline.settings["pipelines.maxFlowRetryAttempts"] = "3"
    started = time.monotonic()
    (error,) = pipeline.update().errors
    assert time.monotonic() - started < 30
    servers = broker.cluster.bootstrap_servers
    assert (
        f"Kafka at {servers}, the value of 'kafka.bootstrap.servers', refuses the login: Authentication fail" in error
    )
    assert not any("started again" in event.message for event in pipeline.events())
    written = [path.read_bytes() for path in pipeline.state.rglob("*") if path.is_file()]
    for login in (ANN, WRONG):
        assert login.password not in f"{error} {pipeline.events()}"
        assert not any(login.password.encode() in contents for contents in written)


def test_the_pipeline_of_this_repository_logs_in_by_a_secret(
    spark: SparkSession, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spark
    monkeypatch.setenv("DLT_LOCAL_SECRET_GYMS_KAFKA", ANN.password)
    (tmp_path / "landing" / "kafka_multiplex").mkdir(parents=True)
    configured = {
        "bootstrap_servers": broker.cluster.bootstrap_servers,
        "topics": "bpm",
        "daily_activity_topic": "",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "user": "ann",
        "secret_scope": "gyms",
        "password_key": "kafka",
    }
    settings = {f"fitness.kafka_{name}": value for name, value in configured.items()}
    state = updated(tmp_path, settings, refresh=("bronze.kafka_multiplex_bz",))
    rows = state.arrow("bronze.kafka_multiplex_bz").to_pylist()
    assert sorted((row["offset"], row["value"]) for row in rows) == [(0, "a"), (1, "b")]
    written = [path.read_bytes() for path in state.folder.rglob("*") if path.is_file()]
    assert not any(b"canary" in contents for contents in written)


def test_another_client_must_know_the_password(broker: Broker) -> None:
    assert received(broker.cluster, "bpm") == [Message("a"), Message("b")]
    stranger = KafkaCluster(broker.cluster.bootstrap_servers, WRONG)
    with pytest.raises(
        BrokerError, match=r"makes no topics: it refuses the login of 'ann' \(Kafka error 58\)"
    ) as error:
        stranger.create_topics({"mine": 1})
    assert WRONG.password not in str(error.value)


def test_the_password_is_in_no_log_and_no_command_line(broker: Broker) -> None:
    folder = broker.log.parent
    assert sorted(path.name for path in folder.iterdir()) == [
        "broker.lock",
        "broker.log",
        "broker.properties",
        "messages",
    ]
    assert (folder / "broker.properties").stat().st_mode & 0o077 == 0
    places = (broker.log, Path(f"/proc/{broker.process.pid}/cmdline"), Path(f"/proc/{broker.process.pid}/environ"))
    for place in places:
        assert "canary" not in place.read_text(encoding="utf-8", errors="replace")
    assert "canary" not in repr(broker)


def test_the_password_comes_from_a_file_for_nobody_else_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from a file\n")
    file.chmod(0o644)
    with pytest.raises(BrokerError, match=r"Others may read the password in .*password\. chmod 600"):
        read_login("ann", file, {})
    file.chmod(0o600)
    assert read_login("ann", file, {}) == Login("ann", "from a file")
    assert read_login("ann", None, {"KAFKA_PASSWORD": "from outside"}) == Login("ann", "from outside")
    with pytest.raises(BrokerError, match=r"There is no password for 'ann'\. Set KAFKA_PASSWORD, or name a file"):
        read_login("ann", None, {})
    with pytest.raises(BrokerError, match=r"cannot be read from .*: No such file"):
        read_login("ann", tmp_path / "missing", {})
    with pytest.raises(BrokerError, match="'a b' is no user name"):
        read_login("a b", None, {"KAFKA_PASSWORD": "x"})


def test_the_command_without_a_password_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dlt_local.kafka", "--data", str(tmp_path), "--sasl", "ann"]
    done = subprocess.run(command, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no password for 'ann'. Set KAFKA_PASSWORD, or name a file.\n"
    assert list(tmp_path.iterdir()) == []
