# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
import dlt
from pyspark.sql.functions import *
from pyspark.sql.types import *

source_path = spark.conf.get("shop.source_path")
min_amount = int(spark.conf.get("shop.min_amount", "0"))


@dlt.table(
    name="orders_bronze",
    comment="Orders as the shop sends them",
    table_properties={"quality": "bronze", "pipelines.autoOptimize.managed": "true"},
)
@dlt.expect_or_drop("no rescued data", "_rescued_data IS NULL")
def ingest_orders():
    return (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "json")
        .option("cloudFiles.inferColumnTypes", "true")
        .option("cloudFiles.schemaHints", "order_id BIGINT, ordered_at STRING, amount DOUBLE")
        .load(f"{source_path}/orders")
        .withColumn("source_file", col("_metadata.file_name"))
    )


@dlt.table(
    comment="One row an order, typed",
    table_properties={"quality": "silver"},
    schema="""
        order_id BIGINT NOT NULL COMMENT 'key',
        customer STRING,
        ordered_at TIMESTAMP,
        amount DOUBLE
    """,
)
@dlt.expect_all_or_drop({"valid id": "order_id IS NOT NULL", "valid amount": f"amount > {min_amount}"})
@dlt.expect("valid time", "ordered_at IS NOT NULL")
def orders_silver():
    return dlt.read_stream("orders_bronze").select(
        col("order_id"),
        initcap(trim(col("customer"))).alias("customer"),
        to_timestamp("ordered_at").alias("ordered_at"),
        "amount",
    )


@dlt.table(name="sales_gold", comment="Sales by customer and day", table_properties={"quality": "gold"})
def sales():
    return (
        dlt.read("orders_silver")
        .groupBy("customer", to_date("ordered_at").alias("day"))
        .agg(sum("amount").alias("sales"), count("*").alias("orders"))
    )
