"""The live pipeline on a real broker: both modes send the same messages, and a restart alerts nobody anew."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from dlt_local.kafka.broker import running_broker
from tests.kafka.messages import Message, received, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject

SLOT_SECONDS = 600
pytestmark = pytest.mark.pipeline(name="live_health_alerts")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """One of our own: the topic of the readings has a fixed name."""
    with running_broker(tmp_path_factory.mktemp("kafka")) as running:
        running.cluster.create_topics({"bpm": 1})
        yield running.cluster


@pytest.mark.parametrize("mode", ["real_time", "micro_batch"])
def test_each_reading_beyond_a_limit_is_one_message(pipeline: PipelineProject, broker: KafkaCluster, mode: str) -> None:
    topic = configured(pipeline, broker, mode)
    with pipeline.running() as update:
        warm_up(update, broker, topic)
        now = time.time()
        readings = [(7, 39.0, now), (7, 41.0, now), (8, 200.0, now), (8, 201.0, now), (9, 30.0, now - 3600)]
        send(broker, "bpm", *(Message(reading(*one)) for one in readings), Message("poison"), Message("{}"))
        update.until(lambda: len(alerts(broker, topic)) == 2)
        assert alerts(broker, topic) == {
            (7, "LOW_HR", 39.0, 40.0, alert_id("LOW_HR", 7, now)),
            (8, "HR_OVER_MAX", 201.0, 200.0, alert_id("HR_OVER_MAX", 8, now)),
        }
        result = update.stop()
    assert (result.state, result.errors) == ("CANCELED", ())

    # Whatever is sent again after a restart has the ids that it had; the table has each message once.
    pipeline.settings["fitness.live_mode"] = "micro_batch"
    before = alerts(broker, topic)
    assert pipeline.update().errors == ()
    assert pipeline.update().errors == ()
    assert alerts(broker, topic) == before
    assert len(pipeline.table("silver.health_alert_messages")) == len(received(broker, topic))

    # A full refresh begins at the end of the topic: nobody is alerted of what was.
    sent = len(received(broker, topic))
    assert pipeline.update(full_refresh_all=True).errors == ()
    assert len(received(broker, topic)) == sent


def test_a_configuration_without_broker_is_one_error(pipeline: PipelineProject) -> None:
    pipeline.settings["fitness.live_member_limits"] = "maybe"
    with pytest.raises(Exception, match=r"fitness\.kafka_bootstrap_servers is empty; .*fitness\.live_member_limits is"):
        pipeline.update()


def configured(pipeline: PipelineProject, broker: KafkaCluster, mode: str) -> str:
    topic = f"alerts_{mode}"
    broker.create_topics({topic: 1})
    pipeline.settings |= {
        "fitness.kafka_bootstrap_servers": broker.bootstrap_servers,
        "fitness.live_alerts_topic": topic,
        "fitness.live_mode": mode,
        "fitness.live_member_limits": "false",
        "fitness.live_checkpoint_interval": "5 seconds",
        # However long a busy machine takes, the readings of the test are fresh, and one of an hour ago is not.
        "fitness.live_max_age_s": "1800",
    }
    return topic


def warm_up(update: Any, broker: KafkaCluster, topic: str) -> None:
    """The pipeline reads what comes after its start: until it answers, that has not been."""

    def answers() -> bool:
        send(broker, "bpm", Message(reading(1, 20.0, time.time())))
        return any(json.loads(message.value)["device_id"] == 1 for message in received(broker, topic))

    update.until(answers, seconds=120)


def reading(device: int, bpm: float, at: float) -> str:
    return json.dumps({"device_id": device, "time": at, "heartrate": bpm})


def alerts(broker: KafkaCluster, topic: str) -> set[tuple[object, ...]]:
    """As a set: each may be sent more than once."""
    found = [json.loads(message.value) for message in received(broker, topic)]
    fields = ("device_id", "rule", "bpm", "limit_bpm", "alert_id")
    return {tuple(alert[name] for name in fields) for alert in found if alert["device_id"] != 1}


def alert_id(rule: str, device: int, at: float) -> str:
    return hashlib.sha256(f"{rule}|device {device}|{int(at // SLOT_SECONDS)}".encode()).hexdigest()[:32]
