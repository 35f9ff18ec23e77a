# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
import dlt
from pyspark.sql.functions import col
from rules_as_python import *

LANDING = spark.conf.get("landing")


def get_rules(tag):
    """Rules of a tag, from the table of rules."""
    df = spark.read.schema("name STRING, constraint STRING, tag STRING").json(f"{LANDING}/rules")
    return {row["name"]: row["constraint"] for row in df.filter(col("tag") == tag).collect()}


def get_rules_from_module(tag):
    return {row["name"]: row["constraint"] for row in get_rules_as_list_of_dict() if row["tag"] == tag}


@dlt.table
@dlt.expect_all_or_drop(get_rules("validity"))
@dlt.expect_all(get_rules_from_module("freshness"))
def readings():
    return spark.readStream.schema("id INT, year INT, value DOUBLE").json(f"{LANDING}/readings")


@dlt.table
@dlt.expect_all_or_fail(get_rules("uniqueness"))
def readings_per_id():
    return dlt.read("readings").groupBy("id").count()
