# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
import json

import dlt
from pyspark.sql import functions as F

landing = spark.conf.get("landing")
TABLES = json.loads(spark.conf.get("tables"))


def create_bronze(table):
    @dlt.table(name=f"{table['name']}_bronze", comment=f"{table['name']} as received")
    def bronze():
        return (
            spark.readStream.format("cloudFiles")
            .option("cloudFiles.format", table["format"])
            .options(**table.get("options", {}))
            .schema(table["schema"])
            .load(f"{landing}/{table['name']}")
        )


class SilverFlow:
    """As metadata-driven frameworks write it: the decorators are called as functions."""

    def __init__(self, table):
        self.table = table

    def read(self):
        return dlt.read_stream(f"{self.table['name']}_bronze").select(*self.table["columns"])

    def write(self):
        result = dlt.table(self.read, name=f"{self.table['name']}_silver", table_properties={"quality": "silver"})
        result = dlt.expect_all(self.table.get("warn", {}))(result)
        dlt.expect_all_or_drop(self.table.get("drop", {}))(result)


for table in TABLES:
    create_bronze(table)
    SilverFlow(table).write()

for city in spark.conf.get("cities").split(","):

    @dlt.table(name=f"orders_{city.lower()}")
    def orders_of_city(city=city):
        return dlt.read("orders_silver").where(F.col("city") == city)
