# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
from pyspark import pipelines as dp
from pyspark.sql.functions import expr

rules = {
    "valid_website": "(website IS NOT NULL)",
    "valid_location": "(location IS NOT NULL)",
    "valid_stalls": "(stalls BETWEEN 1 AND 500)",
}
quarantine_rules = "NOT ({0})".format(" AND ".join(f"coalesce({rule}, false)" for rule in rules.values()))


@dp.view
def raw_farmers_market():
    return (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "csv")
        .option("header", True)
        .schema("market_id INT, website STRING, location STRING, stalls INT")
        .load(spark.conf.get("landing") + "/markets")
    )


@dp.table(temporary=True, partition_cols=["is_quarantined"])
@dp.expect_all(rules)
def farmers_market_quarantine():
    return spark.readStream.table("raw_farmers_market").withColumn("is_quarantined", expr(quarantine_rules))


@dp.view
def valid_farmers_market():
    return spark.read.table("farmers_market_quarantine").filter("is_quarantined=false")


@dp.view
def invalid_farmers_market():
    return spark.read.table("farmers_market_quarantine").filter("is_quarantined=true")


@dp.materialized_view
def markets():
    return spark.read.table("valid_farmers_market").drop("is_quarantined")


@dp.materialized_view(comment="Total = valid + quarantined")
@dp.expect_or_fail("no_rows_lost", "total = valid + quarantined")
def market_counts():
    return spark.sql("""
        SELECT (SELECT count(*) FROM farmers_market_quarantine) AS total,
               (SELECT count(*) FROM valid_farmers_market) AS valid,
               (SELECT count(*) FROM invalid_farmers_market) AS quarantined
    """)
