"""From a reading to its alert: the live pipeline in real-time mode and in micro-batches, and a plain foreachBatch job.

    python -m benchmarks.live_alerts [SECONDS] [WAY ...]     default 60 real_time micro_batch plain

A broker, 5,000 devices with a reading a second each, one job after the other and a consumer share this machine. One
reading of a hundred is too low. Measured is the time from the reading, when the producer has it in hand, until the
consumer has the alert; the first 20 seconds, in which Java warms up, do not count.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, Producer, TopicPartition

from dlt_local.kafka.broker import running_broker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlt_local.kafka.protocol import KafkaCluster

DEVICES, LOW_ONE_IN = 5_000, 100
READINGS, PARTITIONS = "bpm", 2
TICKS = 100
WARM_SECONDS, START_SECONDS, PROBE_SECONDS = 20, 180, 0.5
AIMS = {"real_time": (5, 100), "micro_batch": (None, 500)}
WAYS = ("real_time", "micro_batch", "plain")

PLAIN = """
import sys
from pyspark.sql import functions as F
from dlt_local.session import spark_session

servers, topic, checkpoint = sys.argv[1:]
spark = spark_session(app_name="plain", long_running=True)
message = F.from_json(F.col("value").cast("string"), "device_id BIGINT, time DOUBLE, heartrate DOUBLE")
options = {"kafka.bootstrap.servers": servers, "subscribe": "bpm", "startingOffsets": "latest"}
readings = spark.readStream.format("kafka").options(**options).load().select(message.alias("m")).select("m.*")


def alert(batch, _):
    low = batch.where("heartrate < 40").selectExpr("to_json(struct(device_id, time, heartrate AS bpm)) AS value")
    low.write.format("kafka").option("kafka.bootstrap.servers", servers).option("topic", topic).save()


readings.writeStream.foreachBatch(alert).option("checkpointLocation", checkpoint).start().awaitTermination()
"""


@dataclass
class Load:
    """Sends readings until `ended` is set; `sent_at` has the moment of each low one by its device and time."""

    cluster: KafkaCluster
    ended: threading.Event = field(default_factory=threading.Event)
    behind_s: float = 0.0

    def run(self) -> None:
        """Send, a hundredth of the devices each hundredth of a second."""
        producer = Producer({"bootstrap.servers": self.cluster.bootstrap_servers, "linger.ms": 1})
        dice = random.Random(0)  # noqa: S311 # nothing secret
        started, tick, each = time.monotonic(), 0, DEVICES // TICKS
        while not self.ended.is_set():
            for device in range(tick % TICKS * each, (tick % TICKS + 1) * each):
                bpm = 30.0 if dice.randrange(LOW_ONE_IN) == 0 else 70.0
                producer.produce(READINGS, key=str(device), value=reading(device, bpm))
            producer.poll(0)
            tick += 1
            wait = started + tick / TICKS - time.monotonic()
            self.behind_s = max(0.0, -wait)
            if wait > 0:
                time.sleep(wait)
        producer.flush()


def reading(device: int, bpm: float) -> str:
    """A message of a device, now."""
    return f'{{"device_id": {device}, "time": {time.time()!r}, "heartrate": {bpm}}}'


def main(seconds: int, ways: Sequence[str]) -> None:
    """Print the latencies of each way."""
    with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder) / "kafka") as broker:
        broker.cluster.create_topics({READINGS: PARTITIONS})
        print(f"{DEVICES} readings a second, {seconds} s after {WARM_SECONDS} s; milliseconds from reading to alert")
        for way in ways:
            topic = f"alerts_{way}"
            broker.cluster.create_topics({topic: 1})
            print(f"{way:12} {measured(way, topic, broker.cluster, seconds, Path(folder))}", flush=True)


def measured(way: str, topic: str, cluster: KafkaCluster, seconds: int, folder: Path) -> str:
    """Run one way under load; quantiles of its latency and CPU seconds a minute of its processes."""
    with (folder / f"{way}.log").open("wb") as log:
        job = subprocess.Popen(command(way, topic, cluster, folder), stdout=log, stderr=log)
    load = Load(cluster)
    sender = threading.Thread(target=load.run)
    try:
        until_it_answers(job, topic, cluster)
        sender.start()
        latencies(topic, cluster, WARM_SECONDS)
        before = cpu_seconds(job.pid)
        found = sorted(latencies(topic, cluster, seconds))
        used = (cpu_seconds(job.pid) - before) * 60 / seconds
    finally:
        load.ended.set()
        job.terminate()
        job.wait()
    sender.join()
    return f"{quantiles(found, AIMS.get(way))}; {used:.0f} CPU s a minute; sender {load.behind_s * 1000:.0f} ms behind"


def command(way: str, topic: str, cluster: KafkaCluster, folder: Path) -> list[str]:
    """What starts the job."""
    if way == "plain":
        return [sys.executable, "-c", PLAIN, cluster.bootstrap_servers, topic, str(folder / "plain")]
    settings = {
        "kafka_bootstrap_servers": cluster.bootstrap_servers,
        "live_alerts_topic": topic,
        "live_mode": way,
        "live_member_limits": "false",
    }
    run = [sys.executable, "-m", "dlt_local", "run", "--pipeline", "live_health_alerts", "--continuous"]
    return [*run, "--state", str(folder / way), *(f"--set=fitness.{key}={value}" for key, value in settings.items())]


def until_it_answers(job: subprocess.Popen[bytes], topic: str, cluster: KafkaCluster) -> None:
    """The job reads what comes after its start; send low readings until an alert says that it has begun."""
    producer = Producer({"bootstrap.servers": cluster.bootstrap_servers, "linger.ms": 0})
    deadline = time.monotonic() + START_SECONDS
    while not latencies(topic, cluster, PROBE_SECONDS):
        if job.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"The job has not begun, exit code {job.poll()}: {job.args!r}")
        for partition in range(PARTITIONS):
            producer.produce(READINGS, value=reading(0, 20.0), partition=partition)
        producer.flush()


def latencies(topic: str, cluster: KafkaCluster, seconds: float) -> list[float]:
    """Seconds from reading to now of each alert that comes within so many seconds."""
    settings = {"bootstrap.servers": cluster.bootstrap_servers, "group.id": topic, "fetch.wait.max.ms": 5}
    consumer = Consumer({**settings, "enable.auto.commit": False})
    start = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1]
    consumer.assign([TopicPartition(topic, 0, max(start - 1, 0) if seconds < 1 else start)])
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            found.append(time.time() - reading_time(json.loads(message.value() or b"{}")))
    consumer.close()
    return found


def reading_time(alert: dict[str, str | float]) -> float:
    """Epoch seconds of the reading, as the alert states it."""
    return float(alert["time"]) if "time" in alert else datetime.fromisoformat(str(alert["event_time"])).timestamp()


def cpu_seconds(pid: int) -> float:
    """Of a process and its descendants until now."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid or descends(int(stat.parent.name), pid):
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def descends(process: int, ancestor: int) -> bool:
    """Whether the process stands below the ancestor."""
    while process > 1:
        try:
            text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            return False
        process = int(text.rpartition(")")[2].split()[1])
        if process == ancestor:
            return True
    return False


def quantiles(found: list[float], aim: tuple[int | None, int] | None) -> str:
    """Milliseconds at p50, p99 and the most, with the aims."""
    if not found:
        return "no alert"
    p50, p99 = (found[int(len(found) * share)] * 1000 for share in (0.5, 0.99))
    wanted = "" if aim is None else f" (aims {aim[0] or '-'} / {aim[1]})"
    return f"{len(found)} alerts: p50 {p50:.1f}, p99 {p99:.1f}, max {found[-1] * 1000:.1f} ms{wanted}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60, sys.argv[2:] or WAYS)
