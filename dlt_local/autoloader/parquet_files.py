"""The columns of parquet files, from their footers, without a Spark job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql.pandas.types import from_arrow_type
from pyspark.sql.types import DataType, StructField, StructType, TimestampType

if TYPE_CHECKING:
    from pathlib import Path

_SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
_SIGNED = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.decimal128(20, 0)}


def footer_schema(file: Path) -> StructType:
    """The columns as Spark reads them; ArrowException if the file is no parquet."""
    schema = pq.read_schema(file)
    legacy_times = _legacy_times(file)
    written_by_spark = (schema.metadata or {}).get(_SPARK_SCHEMA)
    if written_by_spark is not None:
        known: StructType = StructType.fromJson(json.loads(written_by_spark))
        return StructType([StructField(field.name, field.dataType) for field in known.fields])
    return StructType([_field(column, is_legacy_time=column.name in legacy_times) for column in schema])


def _legacy_times(file: Path) -> frozenset[str]:
    """Columns of the old 96-bit time, which is an instant although Arrow shows no time zone."""
    columns = pq.read_metadata(file).schema
    return frozenset(
        columns.column(number).path for number in range(len(columns)) if columns.column(number).physical_type == "INT96"
    )


def _field(column: pa.Field, *, is_legacy_time: bool) -> StructField:
    data_type: DataType = TimestampType() if is_legacy_time else _type(column.type)
    return StructField(column.name, data_type)


def _type(arrow: pa.DataType) -> DataType:
    if pa.types.is_struct(arrow):
        return StructType([StructField(field.name, _type(field.type)) for field in arrow])
    converted: DataType = from_arrow_type(_SIGNED.get(arrow, arrow), prefer_timestamp_ntz=True)
    return converted
