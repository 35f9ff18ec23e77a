# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
from dlt import *

landing = spark.conf.get("landing")


@create_table(name="flights_raw", temporary=True)
def flights_raw():
    return spark.readStream.schema("flight STRING, origin STRING, delay INT").json(f"{landing}/flights")


@create_view(name="late_flights")
def late_flights():
    return spark.sql("SELECT flight, upper(origin) AS origin, delay FROM STREAM(LIVE.flights_raw) WHERE delay > 15")


@table(name="delays", comment="From a streaming view")
@expect("origin known", "origin IS NOT NULL")
def delays():
    return readStream("LIVE.late_flights")


@table
def delays_by_origin():
    return spark.table("LIVE.delays").groupBy("origin").agg({"delay": "max"}).withColumnRenamed("max(delay)", "worst")


@table
def on_time():
    return spark.sql("""
        SELECT flight FROM LIVE.flights_raw
        WHERE flight NOT IN (SELECT flight FROM LIVE.delays)
    """)
