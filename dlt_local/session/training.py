"""What a run does, in small: the classes that it loads go into the archive of classes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.session.gateway import end_orderly
from dlt_local.session.spark import spark_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_READING = "device_id BIGINT, time DOUBLE, heartrate DOUBLE"


def main() -> None:
    """Stream files into Delta, aggregate, join, merge and read back, once each."""
    spark = spark_session(app_name="training")
    with tempfile.TemporaryDirectory() as folder:
        _train(spark, Path(folder))
    spark.stop()
    end_orderly()


def _train(spark: SparkSession, folder: Path) -> None:
    (folder / "json").mkdir()
    (folder / "csv").mkdir()
    (folder / "json" / "1.json").write_text('{"device_id": 1, "time": 1.5, "heartrate": 60}\n' * 10, encoding="utf-8")
    (folder / "csv" / "1.csv").write_text("mac,gym\naa,1\nbb,2\n", encoding="utf-8")
    _stream(spark.readStream.schema(_READING).json(str(folder / "json")), folder / "bronze")
    _stream(
        spark.readStream.schema("mac STRING, gym INT").option("header", "true").csv(str(folder / "csv")),
        folder / "csvs",
    )
    _stream_rules(spark, folder)
    _views(spark, folder)
    _merge(spark, folder)


def _stream(rows: DataFrame, table: Path) -> None:
    query = (
        rows.selectExpr("*", "_metadata.file_path AS source_file", "current_timestamp() AS ingested_at")
        .writeStream.format("delta")
        .option("checkpointLocation", str(table / "_checkpoint"))
        .trigger(availableNow=True)
        .start(str(table))
    )
    query.awaitTermination()


def _stream_rules(spark: SparkSession, folder: Path) -> None:
    from pyspark.sql import functions as F

    def write(rows: DataFrame, batch: int) -> None:
        rows.write.format("delta").mode("append").option("txnAppId", "training").option("txnVersion", batch).save(
            str(folder / "silver")
        )

    rows = spark.readStream.load(str(folder / "bronze")).withColumn("event_time", F.timestamp_seconds("time"))
    parsed = rows.select("*", F.from_json(F.to_json(F.struct("device_id", "heartrate")), "device_id BIGINT").alias("j"))
    counted = parsed.observe(
        "rules", F.count(F.lit(1)).alias("rows"), F.count_if(F.col("heartrate") > 0).alias("positive")
    )
    query = (
        counted.drop("j")
        .writeStream.foreachBatch(write)
        .option("checkpointLocation", str(folder / "silver_checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()


def _views(spark: SparkSession, folder: Path) -> None:
    spark.read.load(str(folder / "silver")).createOrReplaceTempView("silver")
    spark.read.load(str(folder / "csvs")).createOrReplaceTempView("gyms")
    summary = spark.sql("""
        WITH ranked AS (
            SELECT *, lead(event_time) OVER (PARTITION BY device_id ORDER BY event_time) AS next_time,
                   row_number() OVER (PARTITION BY device_id ORDER BY event_time DESC) AS newest
            FROM silver
        )
        SELECT device_id, min(heartrate) AS lowest, avg(heartrate) AS average, count_if(newest = 1) AS newest,
               max(struct(event_time, heartrate)) AS last, collect_list(named_struct('t', next_time)) AS times,
               count(gym) AS gyms
        FROM ranked LEFT JOIN gyms ON gyms.gym = ranked.device_id GROUP BY device_id
    """)
    for _ in range(2):
        summary.write.mode("overwrite").option("overwriteSchema", "true").save(str(folder / "gold"))
    spark.read.load(str(folder / "gold")).collect()


def _merge(spark: SparkSession, folder: Path) -> None:
    spark.sql(f"CREATE TABLE IF NOT EXISTS gold USING delta LOCATION '{folder}/gold'")
    spark.sql(
        "MERGE INTO gold USING gold AS s ON gold.device_id = s.device_id"
        " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    spark.sql("DESCRIBE HISTORY gold").collect()


if __name__ == "__main__":
    main()
