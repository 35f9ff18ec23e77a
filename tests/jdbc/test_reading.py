"""Pipelines read PostgreSQL through JDBC: exact rows, each time anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from tests.kafka.another_process import update_in_another_process

if TYPE_CHECKING:
    import psycopg

    from dlt_local.postgres.server import Server
    from dlt_local.pytest_plugin import PipelineProject

READ = """
    from pyspark import pipelines as dp

    URL, TABLE = spark.conf.get("shop.url"), spark.conf.get("shop.table")
    LOGIN = {"user": spark.conf.get("shop.user"), "password": dbutils.secrets.get("shop", "password")}


    @dp.materialized_view
    def orders():
        return spark.read.format("jdbc").options(url=URL, dbtable=TABLE, **LOGIN).load()


    @dp.materialized_view
    def paid():
        return spark.read.jdbc(URL, TABLE, properties=LOGIN).where("paid_at IS NOT NULL").select("id")


    @dp.temporary_view
    def current_orders():
        return spark.read.jdbc(URL, TABLE, "id", 1, 10, 2, properties=LOGIN)


    dp.create_streaming_table("history")
    dp.create_auto_cdc_from_snapshot_flow("history", "current_orders", ["id"], stored_as_scd_type=2)
"""
NOON = datetime(2026, 4, 14, 12, tzinfo=UTC)


@pytest.fixture
def reading(pipeline: PipelineProject, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> PipelineProject:
    pipeline.settings |= {"shop.url": postgres.jdbc_url, "shop.user": postgres.user, "shop.table": "shop.orders"}
    monkeypatch.setenv("DLT_LOCAL_SECRET_SHOP_PASSWORD", postgres.password)
    pipeline.source("orders.py", READ)
    return pipeline


def test_a_read_sees_the_rows_of_its_time(reading: PipelineProject, shop: psycopg.Connection) -> None:
    shop.execute("CREATE TABLE shop.orders (id INT PRIMARY KEY, price NUMERIC(9, 2), paid_at TIMESTAMPTZ)")
    shop.execute("INSERT INTO shop.orders VALUES (1, 9.5, '2026-04-14 14:00+02'), (2, NULL, NULL)")
    assert reading.update(validate_only=True).state == "COMPLETED"
    assert reading.update().errors == ()
    rows = [(row["id"], row["price"] and str(row["price"]), row["paid_at"]) for row in reading.table("orders")]
    assert rows == [(1, "9.50", NOON), (2, None, None)]
    assert reading.table("paid") == [{"id": 1}]

    shop.execute("UPDATE shop.orders SET paid_at = '2026-04-14 12:00Z' WHERE id = 2")
    shop.execute("DELETE FROM shop.orders WHERE id = 1")
    update_in_another_process(reading)
    assert reading.table("orders", columns=["id", "paid_at"]) == [{"id": 2, "paid_at": NOON}]
    assert reading.table("paid") == [{"id": 2}]
    versions = reading.table("history", columns=["id", "paid_at", "__START_AT", "__END_AT"])
    assert versions == [
        {"id": 1, "paid_at": NOON, "__START_AT": 0, "__END_AT": 1},
        {"id": 2, "paid_at": None, "__START_AT": 0, "__END_AT": 1},
        {"id": 2, "paid_at": NOON, "__START_AT": 1, "__END_AT": None},
    ]


def test_a_column_that_the_table_gets_is_planned_anew(reading: PipelineProject, shop: psycopg.Connection) -> None:
    shop.execute("CREATE TABLE shop.orders (id INT, paid_at TIMESTAMPTZ)")
    assert reading.update(refresh="orders").errors == ()
    shop.execute("ALTER TABLE shop.orders ADD COLUMN note TEXT")
    shop.execute("INSERT INTO shop.orders VALUES (1, NULL, 'fragile')")
    assert reading.update(refresh="orders").errors == ()
    assert reading.table("orders") == [{"id": 1, "paid_at": None, "note": "fragile"}]

    declared = '@dp.materialized_view(schema="id INT, paid_at TIMESTAMP, note STRING")'
    reading.source("orders.py", READ.replace("@dp.materialized_view", declared, 1))
    assert reading.update(refresh="orders").errors == ()
    shop.execute("ALTER TABLE shop.orders ADD COLUMN parcel TEXT")
    with pytest.raises(PipelineError, match="produces column 'parcel', which its declared schema lacks"):
        reading.update(refresh="orders")


JOINED = """
    from pyspark import pipelines as dp

    LOGIN = {"user": spark.conf.get("shop.user"), "password": dbutils.secrets.get("shop", "password")}


    @dp.materialized_view
    def numbers():
        return spark.range(3)


    @dp.temporary_view
    def priced():
        orders = spark.read.jdbc(spark.conf.get("shop.url"), spark.conf.get("shop.table"), properties=LOGIN)
        return spark.read.table("numbers").join(orders, "id")


    dp.create_streaming_table("history")
    dp.create_auto_cdc_from_snapshot_flow("history", "priced", ["id"])
"""


def test_a_snapshot_of_a_join_with_a_database_is_never_taken_as_unchanged(
    reading: PipelineProject, shop: psycopg.Connection
) -> None:
    shop.execute("CREATE TABLE shop.orders (id INT, price INT)")
    shop.execute("INSERT INTO shop.orders VALUES (1, 5), (2, 7)")
    reading.source("orders.py", JOINED)
    assert reading.update().errors == ()
    shop.execute("UPDATE shop.orders SET price = 6 WHERE id = 1")
    assert reading.update().errors == ()
    assert reading.table("history") == [{"id": 1, "price": 6}, {"id": 2, "price": 7}]


INCREMENTAL = """
    from pyspark import pipelines as dp
    from pyspark.sql import functions as F

    LOGIN = {"user": spark.conf.get("shop.user"), "password": dbutils.secrets.get("shop", "password")}


    def newest(latest):
        orders = spark.read.jdbc(spark.conf.get("shop.url"), spark.conf.get("shop.table"), properties=LOGIN)
        highest = orders.agg(F.max("id")).first()[0]
        return None if highest == latest else (orders.where(F.col("id") > (latest or 0)), highest)


    dp.create_streaming_table("history", schema="id INT, __START_AT BIGINT, __END_AT BIGINT")
    dp.create_auto_cdc_from_snapshot_flow("history", newest, ["id"], stored_as_scd_type=2)
"""


def test_a_snapshot_function_may_ask_the_database_for_its_version(
    reading: PipelineProject, shop: psycopg.Connection
) -> None:
    shop.execute("CREATE TABLE shop.orders (id INT)")
    shop.execute("INSERT INTO shop.orders VALUES (1), (2)")
    reading.source("orders.py", INCREMENTAL)
    assert reading.update().errors == ()
    shop.execute("INSERT INTO shop.orders VALUES (5)")
    assert reading.update().errors == ()
    assert reading.update().errors == ()
    assert [(row["id"], row["__START_AT"], row["__END_AT"]) for row in reading.table("history")] == [
        (1, 2, 5),
        (2, 2, 5),
        (5, 5, None),
    ]
