# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
import dlt
from pyspark.sql.functions import col, expr

dlt.create_streaming_table("customers_cdc", comment="Changes as the database sends them")


@dlt.append_flow(target="customers_cdc", name="customers_ingest_flow")
def ingest():
    return (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "csv")
        .option("header", "true")
        .schema("id INT, name STRING, city STRING, visits INT, operation STRING, operation_date TIMESTAMP")
        .load(spark.conf.get("landing") + "/customers")
    )


@dlt.view(name="customers_cdc_clean", comment="Changes that can be applied")
@dlt.expect_or_drop("valid_id", "id IS NOT NULL")
@dlt.expect_or_drop("valid_operation", "operation IN ('APPEND', 'DELETE', 'UPDATE')")
def customers_cdc_clean():
    return dlt.read_stream("customers_cdc")


dlt.create_streaming_table(name="customers", comment="Customers as they are now")

dlt.apply_changes(
    target="customers",
    source="customers_cdc_clean",
    keys=["id"],
    sequence_by=col("operation_date"),
    ignore_null_updates=False,
    apply_as_deletes=expr("operation = 'DELETE'"),
    except_column_list=["operation", "operation_date"],
)

dlt.create_streaming_table(name="customers_history", comment="Customers as they were")

dlt.apply_changes(
    target="customers_history",
    source="customers_cdc_clean",
    keys=["id"],
    sequence_by=col("operation_date"),
    apply_as_deletes=expr("operation = 'DELETE'"),
    except_column_list=["operation", "operation_date"],
    stored_as_scd_type="2",
    track_history_except_column_list=["visits"],
)


@dlt.table
def moves():
    return (
        spark.read.table("customers_history")
        .where("__START_AT IS NOT NULL")
        .groupBy("id")
        .agg(expr("count(DISTINCT city) AS cities"))
    )
