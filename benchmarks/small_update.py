"""A five-table pipeline on ten rows in a warm process, as tests run it: this runtime and plain Spark with Delta.

    python -m benchmarks.small_update [ROUNDS]     default 6

Both make the same five tables (two streaming tables from files, one streaming table with rules, two aggregates) from a
new folder in each round, then take one new row. The plain code has no graph, rules, event log or change detection.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import DeltaTable
from pyspark.sql import functions as F

from dlt_local.project.folder import pipeline_from_folder
from dlt_local.session import spark_session
from dlt_local.update import UpdateRequest, run_update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

ROUNDS = 6
AIM = 3.0
STEPS = ("first update", "one new row", "nothing new")
TABLES = ("customers", "orders_raw", "orders", "revenue_by_city", "orders_per_day")
CUSTOMERS = [{"id": number, "city": city} for number, city in enumerate(("Rome", "Bonn", "Oslo"), start=1)]
ORDERS = [{"id": n, "customer": n % 3 + 1, "day": f"2026-01-{n:02}", "amount": 10.0 * n} for n in range(1, 8)]
NEW_ORDER = {"id": 8, "customer": 1, "day": "2026-01-08", "amount": 80.0}
CUSTOMER = "id INT, city STRING"
ORDER = "id INT, customer INT, day DATE, amount DOUBLE"

SOURCE = f"""
from pyspark import pipelines as dp
from pyspark.sql import functions as F

LANDING = spark.conf.get("landing")


def landed(folder, schema):
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
    return reader.schema(schema).load(f"{{LANDING}}/{{folder}}")


@dp.table
def customers():
    return landed("customers", "{CUSTOMER}")


@dp.table
def orders_raw():
    return landed("orders", "{ORDER}")


@dp.table
@dp.expect_or_drop("positive amount", "amount > 0")
@dp.expect("known customer", "customer IS NOT NULL")
def orders():
    return spark.readStream.table("orders_raw")


@dp.materialized_view
def revenue_by_city():
    customers = spark.read.table("customers").withColumnRenamed("id", "customer")
    return spark.read.table("orders").join(customers, "customer").groupBy("city").agg(F.sum("amount").alias("revenue"))


@dp.materialized_view
def orders_per_day():
    return spark.read.table("orders").groupBy("day").agg(F.count("*").alias("orders"))
"""


class Declared:
    """The five tables as a pipeline of this runtime."""

    def __init__(self, root: Path) -> None:
        self.root = root
        source = root / "transformations" / "tables.py"
        source.parent.mkdir(parents=True)
        source.write_text(SOURCE, encoding="utf-8")
        settings = {"landing": str(root / "landing")}
        self._spec = pipeline_from_folder(source.parent, settings=settings)

    def update(self) -> None:
        """One update; ends the program if it fails."""
        result = run_update(self._spec, self.root / "state", UpdateRequest(), lambda _: None)
        if result.state != "COMPLETED":
            sys.exit(f"The update is {result.state}: {result.errors}")

    def table(self, name: str) -> Path:
        """The folder of a table."""
        return self.root / "state" / "tables" / "spark_catalog" / "default" / name


class Plain:
    """The five tables by Structured Streaming and Delta alone, one statement after the other."""

    def __init__(self, root: Path, spark: SparkSession) -> None:
        self.root, self._spark = root, spark

    def update(self) -> None:
        """Bring all five tables up to date."""
        landing = self.root / "landing"
        self._append(self._spark.readStream.schema(CUSTOMER).json(str(landing / "customers")), "customers")
        self._append(self._spark.readStream.schema(ORDER).json(str(landing / "orders")), "orders_raw")
        raw = self._spark.readStream.format("delta").load(str(self.table("orders_raw")))
        self._append(raw.where("amount > 0"), "orders")
        orders = self._read("orders")
        customers = self._read("customers").withColumnRenamed("id", "customer")
        revenue = orders.join(customers, "customer").groupBy("city").agg(F.sum("amount").alias("revenue"))
        self._replace(revenue, "revenue_by_city")
        self._replace(orders.groupBy("day").agg(F.count("*").alias("orders")), "orders_per_day")

    def table(self, name: str) -> Path:
        """The folder of a table."""
        return self.root / "tables" / name

    def _append(self, frame: DataFrame, name: str) -> None:
        checkpoint = str(self.root / "checkpoints" / name)
        writer = frame.writeStream.format("delta").option("checkpointLocation", checkpoint)
        writer.trigger(availableNow=True).start(str(self.table(name))).awaitTermination()

    def _read(self, name: str) -> DataFrame:
        return self._spark.read.format("delta").load(str(self.table(name)))

    def _replace(self, frame: DataFrame, name: str) -> None:
        frame.write.format("delta").mode("overwrite").save(str(self.table(name)))


def main(rounds: int) -> None:
    """Print the median seconds of each step, their ratio, and whether the aim is met."""
    spark = spark_session(app_name="benchmark")
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            root = Path(folder) / str(number)
            declared, plain = Declared(root / "declared"), Plain(root / "plain", spark)
            turns: Sequence[Declared | Plain] = (declared, plain) if number % 2 else (plain, declared)
            costs = {type(contender): _seconds(contender) for contender in turns}
            _refuse_different_rows(declared, plain)
            measured.append(costs)
    cold, *warm = measured
    print(f"{'step':<16}{'plain Spark':>12}{'dlt_local':>12}{'ratio':>8}   (cold: plain, dlt_local)")
    for step, title in enumerate(STEPS):
        theirs, ours = (median(costs[kind][step] for costs in warm) for kind in (Plain, Declared))
        first = f"{cold[Plain][step]:.2f}, {cold[Declared][step]:.2f}"
        print(f"{title:<16}{theirs:>10.2f} s{ours:>10.2f} s{ours / theirs:>8.2f}   ({first})")
    slowest = median(costs[Declared][0] for costs in warm)
    print(f"aim of {AIM:.1f} s for the first update: {'met' if slowest <= AIM else 'NOT met'}")


def _seconds(contender: Declared | Plain) -> list[float]:
    """Seconds of each step."""
    landing = contender.root / "landing"
    _write(landing / "customers" / "1.json", CUSTOMERS)
    _write(landing / "orders" / "1.json", ORDERS)
    seconds = [_timed(contender.update)]
    _write(landing / "orders" / "2.json", [NEW_ORDER])
    return [*seconds, _timed(contender.update), _timed(contender.update)]


def _write(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _refuse_different_rows(first: Declared | Plain, second: Declared | Plain) -> None:
    for name in TABLES:
        rows, others = (_rows(contender.table(name)) for contender in (first, second))
        if rows != others or not rows:
            sys.exit(f"Table {name} differs: {rows} and {others}")


def _rows(table: Path) -> list[str]:
    return sorted(str(row) for row in pa.table(DeltaTable(table).scan()).to_pylist())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
