"""What 10,000 changes cost in a target of a million keys: AUTO CDC beside one hand-written MERGE, side by side.

python -m benchmarks.auto_cdc [ROUNDS]     default 5
python -m benchmarks.auto_cdc history      the same changes in targets with 1 and with 5 versions per key

Both run as streaming queries of one session over the same files; the hand-written one is a foreachBatch with a single
MERGE of one event per key, which is right only as long as nothing comes late. Each round changes other random keys.
CPU seconds are those of Python and Java together.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import duckdb
from delta.tables import DeltaTable
from pyspark import SparkContext

from dlt_local.project.spec import PipelineSpec
from dlt_local.session import spark_session
from dlt_local.update import UpdateRequest, run_update

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

KEYS, CHANGES, ROUNDS = 1_000_000, 10_000, 5
COLUMNS = "id BIGINT, seq BIGINT, op STRING, name STRING, email STRING, street STRING, city STRING, points INT"
EVERY_KEY = f"SELECT range AS id FROM range({KEYS})"  # noqa: S608 # a constant
PIPELINE = f"""
from pyspark import pipelines as dp

@dp.temporary_view
def changes():
    return spark.readStream.schema("{COLUMNS}").parquet(spark.conf.get("landing"))

for scd_type in (1, 2):
    dp.create_streaming_table(f"scd_{{scd_type}}")
    dp.create_auto_cdc_flow(
        f"scd_{{scd_type}}", "changes", ["id"], "seq", apply_as_deletes="op = 'D'", except_column_list=["seq", "op"],
        stored_as_scd_type=scd_type,
    )
"""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock and CPU seconds of one step."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:6.2f} wall {self.cpu:6.2f} CPU"


def main(rounds: int) -> None:
    """Print seconds and ratios of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        contest = _Contest(Path(folder))
        contest.land(0, EVERY_KEY)
        first = contest.round()
        print(f"{'first load':14}{_text(first)}")
        times = []
        for number in range(1, rounds + 1):
            contest.land(number, _some_keys(number))
            times.append(contest.round())
            print(f"{f'round {number}':14}{_text(times[-1])}")
        middle = {
            name: Seconds(median(found[name].wall for found in times), median(found[name].cpu for found in times))
            for name in times[0]
        }
        print(f"{'median':14}{_text(middle)}")
        for name in ("scd_1", "scd_2"):
            wall, cpu = middle[name].wall / middle["merge"].wall, middle[name].cpu / middle["merge"].cpu
            print(f"{name}: {wall:.2f} times the single MERGE, {cpu:.2f} times its CPU")


def history() -> None:
    """Print what changes cost beside a short and beside a long history."""
    for versions in (1, 5):
        with tempfile.TemporaryDirectory() as folder:
            contest = _Contest(Path(folder))
            for version in range(versions):
                contest.land(version - versions, EVERY_KEY)
            contest.update("scd_2")
            for number in range(1, ROUNDS + 1):
                contest.land(number, _some_keys(number))
                print(f"{versions} versions per key: {_measured(partial(contest.update, 'scd_2'))}")


def _some_keys(seed: int) -> str:
    randomness = random.Random(seed)  # noqa: S311 # test data
    ids = ", ".join(f"({key})" for key in randomness.sample(range(KEYS), CHANGES))
    return f"SELECT * FROM (VALUES {ids}) t(id)"  # noqa: S608 # our own numbers


class _Contest:
    def __init__(self, root: Path) -> None:
        self.root, self.landing = root, root / "landing"
        self.landing.mkdir()
        (root / "pipeline").mkdir()
        source = root / "pipeline" / "targets.py"
        source.write_text(PIPELINE, encoding="utf-8")
        settings = {"landing": str(self.landing)}
        self.spec = PipelineSpec("cdc", "local", "main", source.parent, (source,), settings, source.parent)
        self.spark = spark_session(app_name="cdc")
        self.merged = root / "merged"
        stored = self.spark.createDataFrame([], COLUMNS).drop("seq", "op")
        stored.write.format("delta").save(str(self.merged))

    def land(self, number: int, keys: str) -> None:
        """One file of changes, a fifth of them deletes after the first."""
        file = self.landing / f"{number}.parquet"
        duckdb.sql(f"COPY ({_rows(keys, number)}) TO '{file}.partial' (FORMAT parquet)")
        file.with_suffix(".parquet.partial").rename(file)

    def round(self) -> dict[str, Seconds]:
        """Seconds of the hand-written query and of an update of each target."""
        times = {"merge": _measured(self._hand_written)}
        for scd_type in (1, 2):
            name = f"scd_{scd_type}"
            times[name] = _measured(partial(self.update, name))
        return times

    def update(self, name: str) -> None:
        result = run_update(self.spec, self.root / "state", UpdateRequest(refresh=(name,)), lambda _: None)
        if result.state != "COMPLETED":
            sys.exit("\n".join(result.errors))

    def _hand_written(self) -> None:
        self.spark.conf.set("spark.sql.codegen.wholeStage", "true")
        self.spark.conf.set("spark.sql.codegen.factoryMode", "FALLBACK")
        source = self.spark.readStream.schema(COLUMNS).parquet(str(self.landing))
        query = source.writeStream.foreachBatch(self._merge).trigger(availableNow=True)
        query.option("checkpointLocation", str(self.root / "checkpoint")).start().awaitTermination()

    def _merge(self, batch: DataFrame, _: int) -> None:
        target = DeltaTable.forPath(batch.sparkSession, str(self.merged))
        newest = batch.dropDuplicates(["id"])
        columns = {name: f"s.{name}" for name in target.toDF().columns}
        merge = target.alias("t").merge(newest.alias("s"), "t.id = s.id").whenMatchedDelete("s.op = 'D'")
        merge.whenMatchedUpdate(set=dict(columns)).whenNotMatchedInsert("s.op <> 'D'", values=dict(columns)).execute()


def _rows(keys: str, number: int) -> str:
    operation = "CASE WHEN id % 5 = 0 THEN 'D' ELSE 'U' END" if number > 0 else "'U'"
    return f"""
        SELECT id, {number}::BIGINT AS seq, {operation} AS op, 'name ' || id || '/{number}' AS name,
            'mail' || id || '@example.org' AS email, md5(id::VARCHAR) AS street, 'city ' || id % 1000 AS city,
            ((id + {number}) % 100)::INT AS points
        FROM ({keys})
    """  # noqa: S608 # our own keys


def _measured(step: Callable[[], None]) -> Seconds:
    wall, cpu = time.monotonic(), _cpu_seconds()
    step()
    return Seconds(time.monotonic() - wall, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    """CPU seconds of this process and of its Java so far."""
    gateway = SparkContext._gateway  # noqa: SLF001 # nobody else knows Java's process
    processes = [os.getpid(), *([gateway.proc.pid] if gateway is not None else [])]
    fields = [Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split() for pid in processes]
    return sum(int(found[11]) + int(found[12]) for found in fields) / os.sysconf("SC_CLK_TCK")


def _text(times: dict[str, Seconds]) -> str:
    return "".join(f"{name:>8} {seconds}" for name, seconds in times.items())


if __name__ == "__main__":
    history() if sys.argv[1:] == ["history"] else main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
