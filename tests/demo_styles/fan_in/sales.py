# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
from pyspark import pipelines as dp
from pyspark.sql.functions import *

landing = spark.conf.get("landing")
SALE = "sale_id INT, amount DOUBLE"

dp.create_streaming_table(
    "sales",
    comment="Sales of all regions",
    table_properties={"pipelines.reset.allowed": "true"},
    expect_all={"sale_known": "sale_id IS NOT NULL"},
    expect_all_or_drop={"amount_positive": "amount > 0"},
)


def add_region(region):
    @dp.append_flow(target="sales", name=f"sales_{region}")
    def region_sales():
        return spark.readStream.schema(SALE).json(f"{landing}/{region}").withColumn("region", lit(region))


for region in ("north", "south"):
    add_region(region)


@dp.append_flow(target="sales", name="backfill_2019", once=True, comment="The archive, a single time")
def backfill():
    return spark.read.schema(SALE).option("header", True).csv(f"{landing}/archive").withColumn("region", lit("archive"))


@dp.materialized_view
def sales_by_region():
    return spark.read.table("sales").groupBy("region").agg(sum("amount").alias("amount"))
