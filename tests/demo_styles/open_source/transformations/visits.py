# `spark` exists only while a pipeline runs.
# mypy: ignore-errors
from pyspark import pipelines as dp
from pyspark.sql import functions as F

LANDING = spark.conf.get("landing")
VISIT = "visit INT, member STRING, minutes DOUBLE, day DATE"

dp.create_streaming_table("visits", comment="Visits of all doors")


@dp.append_flow(target="visits", name="front_door")
def front_door():
    return spark.readStream.format("json").schema(VISIT).load(f"{LANDING}/front").withColumn("door", F.lit("front"))


@dp.append_flow(target="visits", name="back_door")
def back_door():
    return spark.readStream.format("json").schema(VISIT).load(f"{LANDING}/back").withColumn("door", F.lit("back"))


@dp.temporary_view
def complete_visits():
    return spark.readStream.table("visits").where("member IS NOT NULL AND minutes >= 0")


@dp.table(comment="One row a complete visit")
def member_visits():
    return spark.readStream.table("complete_visits").withColumn("hours", F.round(F.col("minutes") / 60, 2))


@dp.materialized_view(comment="One row a member")
def members():
    visits = spark.read.table("member_visits")
    return visits.groupBy("member").agg(
        F.count("*").alias("visits"), F.sum("minutes").alias("minutes"), F.max("day").alias("last_day")
    )


@dp.materialized_view(comment="One row a day and door")
def busy_days():
    return spark.sql("SELECT day, door, count(*) AS visits FROM visits GROUP BY day, door")
