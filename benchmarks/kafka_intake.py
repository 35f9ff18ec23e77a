"""Bronze from Kafka: messages a second, and memory with a backlog of ten micro-batches; beside a plain Spark job.

    python -m benchmarks.kafka_intake [MESSAGES] [PER_BATCH]     default 5000000 500000

Broker, reader and, before them, producer share this machine. Both readers make the same table from the same topic: the
update of `bronze.kafka_multiplex_bz`, and a Structured Streaming job with a `foreachBatch` that appends the envelope's
columns. The plain job has no graph, rules, event log or check for losses.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow.parquet as pq
from confluent_kafka import Producer
from deltalake import DeltaTable

from benchmarks.measure import cost_of
from dlt_local.kafka.broker import running_broker

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MESSAGES, PER_BATCH = 5_000_000, 500_000
AIM = 30_000
PARTITIONS = 2
DEVICES = 5_000
FIRST = 1_776_038_400
SAMPLE_SECONDS = 0.5
PARTS = 5
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Memory:
    """Resident MiB of the largest process below this one, sampled while a command runs."""

    samples: list[int] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._before = _below(os.getpid())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.samples.append(max(map(_resident, _below(os.getpid()) - self._before), default=0))

    def parts(self) -> str:
        """The highest of each fifth of the time."""
        size = max(1, len(self.samples) // PARTS)
        return " ".join(str(max(self.samples[i * size : (i + 1) * size], default=0)) for i in range(PARTS))


def main(messages: int, per_batch: int) -> None:
    """Print messages a second, cost and memory of both readers; at least two micro-batches, the last one full."""
    with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder) / "kafka") as broker:
        work, servers = Path(folder), broker.cluster.bootstrap_servers
        broker.cluster.create_topics({"bpm": PARTITIONS})
        started = time.monotonic()
        _produce(servers, messages)
        print(f"{messages} messages sent, {messages / (time.monotonic() - started):9.0f} a second", flush=True)
        _report("dlt-local", _update(servers, work, per_batch), work / "log", messages, work / "state")
        _report("plain", _plain_command(servers, work, per_batch), work / "log", messages, work / "plain")


def _report(name: str, command: list[str], log: Path, messages: int, tables: Path) -> None:
    with Memory() as memory:
        # Else the archive of classes may be made meanwhile, which counts as ours.
        cost = cost_of(command, log=log, environment={"DLT_LOCAL_CLASS_ARCHIVE": "off"})
    (table,) = [path.parent for path in tables.rglob("kafka_multiplex_bz/_delta_log")]
    rows = sum(pq.read_metadata(file).num_rows for file in DeltaTable(table).file_uris())
    if rows != messages:
        sys.exit(f"{name} wrote {rows} rows of {messages} messages")
    print(
        f"{name:9} {_sustained(table, messages):9.0f} messages a second (aim {AIM}) {cost};"
        f" MiB in fifths: {memory.parts()}",
        flush=True,
    )


def _sustained(table: Path, messages: int) -> float:
    """Messages a second from the first commit to the last, so without the start."""
    commits = sorted((table / "_delta_log").glob("*.json"))
    written = [commit.stat().st_mtime for commit in commits if b'"add":' in commit.read_bytes()]
    return messages * (1 - 1 / len(written)) / (written[-1] - written[0])


def _produce(servers: str, messages: int) -> None:
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 50, "queue.buffering.max.messages": 200_000})
    for number in range(messages):
        device, at = 500_000 + number % DEVICES, FIRST + number // DEVICES
        value = f'{{"device_id": {device}, "time": {at}, "heartrate": {60 + number % 97}.5}}'
        while True:
            try:
                producer.produce(
                    "bpm", value=value, key=str(device), partition=number % PARTITIONS, timestamp=at * 1000
                )
            except BufferError:
                producer.poll(0.1)
            else:
                break
    if producer.flush(120):
        sys.exit("The broker did not take all messages")


def _update(servers: str, work: Path, per_batch: int) -> list[str]:
    (work / "landing" / "kafka_multiplex").mkdir(parents=True)
    settings = {
        "kafka_bootstrap_servers": servers,
        "kafka_topics": "bpm",
        "kafka_daily_activity_topic": "",
        "kafka_max_offsets_per_trigger": str(per_batch),
    }
    command = [sys.executable, "-m", "dlt_local", "run", "--pipeline", "fitness_lakehouse"]
    command += ["--state", str(work / "state"), "--landing", str(work / "landing")]
    command += ["--refresh", "bronze.kafka_multiplex_bz"]
    return command + [part for key, value in settings.items() for part in ("--set", f"fitness.{key}={value}")]


def _plain_command(servers: str, work: Path, per_batch: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.kafka_intake", "--plain", servers, str(work / "plain"), str(per_batch)]


def plain(servers: str, folder: str, per_batch: str) -> None:
    """The same table by Structured Streaming alone."""
    from dlt_local.session import spark_session

    table = f"{folder}/kafka_multiplex_bz"
    spark = spark_session(app_name="plain", settings={})
    options = {"kafka.bootstrap.servers": servers, "subscribe": "bpm", "startingOffsets": "earliest"}
    options |= {"includeHeaders": "true", "maxOffsetsPerTrigger": per_batch}
    records = spark.readStream.format("kafka").options(**options).load()

    def append(batch: DataFrame, _: int) -> None:
        batch.selectExpr(
            "CAST(key AS STRING) AS key",
            "CAST(value AS STRING) AS value",
            "topic",
            "partition",
            "offset",
            "CAST(unix_micros(timestamp) / 1000 AS DOUBLE) AS timestamp",
            "transform(headers, h -> named_struct('key', h.key, 'value', CAST(h.value AS STRING))) AS headers",
            "CAST(NULL AS STRING) AS _corrupt_record",
            "CAST(NULL AS STRING) AS _rescued_data",
            "CAST(NULL AS STRING) AS source_file",
            "current_timestamp() AS ingested_at",
        ).write.format("delta").mode("append").partitionBy("topic").save(table)

    writer = records.writeStream.foreachBatch(append).option("checkpointLocation", f"{folder}/checkpoint")
    writer.trigger(availableNow=True).start().awaitTermination()


def _below(process: int) -> set[int]:
    """All processes that a process has started, and those that they have."""
    found: set[int] = set()
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = {int(pid) for task in tasks for pid in (task / "children").read_text("ascii").split()}
    except OSError:
        return found
    return children.union(*(_below(child) for child in children))


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * PAGE // 2**20
    except OSError:
        return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plain"]:
        plain(*sys.argv[2:])
    else:
        main(*(int(text) for text in sys.argv[1:] or (MESSAGES, PER_BATCH)))
