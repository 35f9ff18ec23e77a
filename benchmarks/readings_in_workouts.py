"""What it costs to find the readings inside workouts: members with 10 workouts each, and with 500.

    PYTHONPATH=dlt_pipelines python -m benchmarks.readings_in_workouts [READINGS] [ROUNDS]     default 1,000,000 and 3

The readings and the active time are the same in both, 20 members with half of a reading a second in workouts, so that
only the number of workouts differs. `by bins` is the pipeline's join, `by state` the pass that marks each reading as
workout, recovery or rest, `by pairs` a join of each reading with all workouts of its member, once. Rounds run in turn
in one warm process. CPU seconds are those of Python and Java together.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from pyspark.core.context import SparkContext
from pyspark.sql import functions as sf

from dlt_local.session import spark_session
from fitness.settings import Settings
from fitness.workout_heart_rate import active_spans, workout_bpm
from fitness.worn_heart_rate import worn_heart_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

READINGS, ROUNDS = 1_000_000, 3
MEMBERS, WORKOUTS = 20, (10, 500)
AIM = 2.0
SETTINGS = Settings(landing_path="not read")
START_S = 1_700_000_000


def main() -> None:
    """Print the cost of each way and number of workouts, and the ratios."""
    readings = int(sys.argv[1]) if len(sys.argv) > 1 else READINGS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS  # noqa: PLR2004 - the second argument
    with tempfile.TemporaryDirectory() as folder:
        spark = spark_session(app_name="benchmark", settings={"spark.sql.warehouse.dir": Path(folder).as_uri()})
        heart_rate, devices = _stored(_heart_rate(spark, readings), folder), _stored(_devices(spark), folder)
        costs: dict[tuple[str, int], list[tuple[float, float]]] = {}
        intervals = {count: _stored(_intervals(spark, readings, count), folder) for count in WORKOUTS}
        for number in range(rounds + 1):
            for way, join in WAYS.items():
                if way == "by pairs" and number != rounds:
                    continue  # it takes too long to be repeated
                for count in WORKOUTS:
                    cost = _cost(join(heart_rate, intervals[count], devices))
                    if number:  # the first round warms up
                        costs.setdefault((way, count), []).append(cost)
        spark.stop()
    _print(costs, readings, rounds)


def _print(costs: dict[tuple[str, int], list[tuple[float, float]]], readings: int, rounds: int) -> None:
    few, many = WORKOUTS
    print(f"{readings:,} readings of {MEMBERS} members, {rounds} rounds, median seconds (wall / CPU)")
    for way in WAYS:
        (wall, cpu), (more_wall, more_cpu) = (
            [median(values) for values in zip(*costs[way, count], strict=True)] for count in (few, many)
        )
        print(
            f"  {way:<9} {few} workouts {wall:6.2f} / {cpu:6.2f}   {many} workouts {more_wall:6.2f} / {more_cpu:6.2f}"
            f"   ratio {more_wall / wall:5.2f} / {more_cpu / cpu:5.2f}   aim {AIM}"
        )


def _by_pairs(heart_rate: DataFrame, intervals: DataFrame, devices: DataFrame) -> DataFrame:
    owned = heart_rate.join(devices.select("device_id", "user_id"), "device_id")
    pairs = owned.join(active_spans(intervals, SETTINGS), "user_id")
    return pairs.where("event_time >= span_start AND event_time < span_end")


def _by_bins(heart_rate: DataFrame, intervals: DataFrame, devices: DataFrame) -> DataFrame:
    return workout_bpm(heart_rate, intervals, devices, SETTINGS)


def _by_state(heart_rate: DataFrame, intervals: DataFrame, devices: DataFrame) -> DataFrame:
    return worn_heart_rate(heart_rate, intervals, devices, SETTINGS)


WAYS: dict[str, Callable[[DataFrame, DataFrame, DataFrame], DataFrame]] = {
    "by bins": _by_bins,
    "by state": _by_state,
    "by pairs": _by_pairs,
}


def _heart_rate(spark: SparkSession, readings: int) -> DataFrame:
    second = sf.expr(f"{START_S} + id div {MEMBERS}")
    return spark.range(readings).select(
        (sf.col("id") % MEMBERS).alias("device_id"),
        sf.timestamp_seconds(second).alias("event_time"),
        (60 + sf.col("id") % 97).cast("double").alias("bpm"),
        sf.lit("valid").alias("status"),
    )


def _devices(spark: SparkSession) -> DataFrame:
    since = sf.timestamp_seconds(sf.lit(START_S - 1))
    return spark.range(MEMBERS).select(
        sf.col("id").alias("device_id"),
        sf.col("id").alias("user_id"),
        since.alias("valid_from"),
        sf.lit(None).cast("timestamp").alias("valid_to"),
    )


def _intervals(spark: SparkSession, readings: int, workouts: int) -> DataFrame:
    """Of each of the equal parts of the time the first half is a workout."""
    part = readings // MEMBERS // workouts
    start = sf.expr(f"{START_S} + (id div {MEMBERS}) * {part}")
    begins, ends = sf.timestamp_seconds(start), sf.timestamp_seconds(start + part // 2)
    return spark.range(MEMBERS * workouts).select(
        (sf.col("id") % MEMBERS).alias("user_id"),
        sf.lit(1).cast("bigint").alias("workout_id"),
        sf.expr(f"id div {MEMBERS}").alias("session_id"),
        begins.alias("started_at"),
        begins.alias("interval_start"),
        ends.alias("interval_end"),
        begins.alias("latest_start"),
    )


def _stored(rows: DataFrame, folder: str) -> DataFrame:
    path = f"{folder}/{len(list(Path(folder).iterdir()))}"
    rows.write.parquet(path)
    return rows.sparkSession.read.parquet(path)


def _cost(rows: DataFrame) -> tuple[float, float]:
    cpu, wall = _cpu_seconds(), time.monotonic()
    rows.write.format("noop").mode("overwrite").save()
    return time.monotonic() - wall, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    own = time.process_time()
    gateway = SparkContext._gateway  # noqa: SLF001 - no public way to the process
    if gateway is None:
        return own
    fields = Path(f"/proc/{gateway.proc.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
