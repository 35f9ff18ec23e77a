"""Typed columns from a map of raw texts, and what does not fit them as rescued data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, DateType, MapType, StringType, StructType, TimestampType

from dlt_local.autoloader.partitions import partition_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import Column

# The columns that a reader prepares: raw texts by name, and the whole line.
FIELDS, LINE = "dlt_local_fields", "dlt_local_line"
RAW_FIELDS = "map<string,string>"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns to make: `schema` in its order, some from the folders of a file, one for corrupt text."""

    schema: StructType
    partitions: frozenset[str] = frozenset()
    corrupt: str = "_corrupt_record"
    date_format: str = ""
    timestamp_format: str = ""
    json_options: Mapping[str, str] = field(default_factory=dict)

    def typed(self, *, is_corrupt: Column) -> list[Column]:
        """The columns; the corrupt column, if the schema has it, holds a line that is corrupt."""
        corrupt = F.when(is_corrupt, F.make_valid_utf8(F.col(LINE)))
        return [
            (corrupt if column.name == self.corrupt else self._typed(self._raw(column.name), column.dataType)).alias(
                column.name
            )
            for column in self.schema
        ]

    def rescued(self, *, is_corrupt: Column | None) -> Column:
        """JSON of unknown fields and of values that do not fit, with `_file_path`; NULL if there are none.

        A corrupt line is rescued whole if the schema has no column for it.
        """
        fields = self._rescued_fields()
        if is_corrupt is not None and self.corrupt not in self.schema.names:
            line = F.create_map(F.lit(self.corrupt), F.make_valid_utf8(F.col(LINE)))
            fields = F.when(is_corrupt, line).otherwise(fields)
        with_path = F.map_concat(fields, F.create_map(F.lit("_file_path"), F.col("_metadata.file_path")))
        return F.when(F.size(fields) > 0, F.to_json(with_path))

    def unknown(self) -> Column:
        """The fields that the schema lacks."""
        known = [name for name in self.schema.names if name != self.corrupt]
        return F.map_filter(FIELDS, lambda key, value: value.isNotNull() & ~key.isin(*known))

    def _rescued_fields(self) -> Column:
        misfits = [
            self._misfits_of(column.name, self._raw(column.name), column.dataType)
            for column in self.schema.fields
            if column.name != self.corrupt and not isinstance(column.dataType, StringType)
        ]
        return F.map_concat(self.unknown(), *misfits)

    def _raw(self, name: str) -> Column:
        return partition_text(name) if name in self.partitions else F.element_at(FIELDS, F.lit(name))

    def _typed(self, raw: Column, data_type: DataType) -> Column:
        if isinstance(data_type, StringType):
            return raw
        if isinstance(data_type, StructType):
            return _bound(self._parsed(raw, RAW_FIELDS), lambda fields: self._struct(fields, data_type))
        if isinstance(data_type, ArrayType):
            element = data_type.elementType
            return F.transform(self._parsed(raw, "array<string>"), lambda item: self._typed(item, element))
        if isinstance(data_type, MapType):
            value_type, key_type = data_type.valueType, data_type.keyType
            keyed = F.transform_keys(self._parsed(raw, RAW_FIELDS), lambda key, _: self._typed(key, key_type))
            return F.transform_values(keyed, lambda _, value: self._typed(value, value_type))
        return self._scalar(raw, data_type)

    def _scalar(self, raw: Column, data_type: DataType) -> Column:
        if isinstance(data_type, DateType) and self.date_format:
            return F.try_to_timestamp(raw, F.lit(self.date_format)).cast(data_type)
        if isinstance(data_type, TimestampType) and self.timestamp_format:
            return F.try_to_timestamp(raw, F.lit(self.timestamp_format))
        return raw.try_cast(data_type)

    def _struct(self, fields: Column, data_type: StructType) -> Column:
        parts = [
            self._typed(F.element_at(fields, F.lit(part.name)), part.dataType).alias(part.name) for part in data_type
        ]
        return F.when(fields.isNotNull(), F.struct(*parts))

    def _misfits_of(self, name: str, raw: Column, data_type: DataType) -> Column:
        """A map with the misfit of one column, or an empty one."""
        none = F.map_from_arrays(F.array().cast("array<string>"), F.array().cast("array<string>"))
        if isinstance(data_type, StructType | ArrayType | MapType):
            found = _bound(
                self._misfit(raw, data_type),
                lambda misfit: F.when(misfit.isNotNull(), F.create_map(F.lit(name), misfit)),
            )
            return F.coalesce(found, none)
        is_misfit = raw.isNotNull() & self._typed(raw, data_type).isNull()
        return F.when(is_misfit, F.create_map(F.lit(name), raw)).otherwise(none)

    def _misfit(self, raw: Column, data_type: DataType) -> Column:
        """The text, or the part of it, that the type cannot hold; NULL if it holds all."""
        if isinstance(data_type, StringType):
            return F.lit(None).cast("string")
        if isinstance(data_type, StructType):
            return self._nested(raw, RAW_FIELDS, lambda fields: self._struct_misfits(fields, data_type))
        if isinstance(data_type, ArrayType):
            element = data_type.elementType
            return self._nested(raw, "array<string>", lambda items: self._array_misfits(items, element))
        if isinstance(data_type, MapType):
            value_type = data_type.valueType
            return self._nested(raw, RAW_FIELDS, lambda fields: self._map_misfits(fields, value_type))
        return F.when(raw.isNotNull() & self._typed(raw, data_type).isNull(), raw)

    def _nested(self, raw: Column, form: str, misfits: Callable[[Column], Column]) -> Column:
        """Misfits of a parsed value as JSON; the text itself if it does not parse."""
        parsed = self._parsed(raw, form)
        within = _bound(misfits(parsed), lambda found: F.when(F.size(found) > 0, F.to_json(found)))
        return F.when(raw.isNotNull() & parsed.isNull(), raw).otherwise(within)

    def _struct_misfits(self, fields: Column, data_type: StructType) -> Column:
        unknown = F.map_filter(fields, lambda key, value: value.isNotNull() & ~key.isin(*data_type.names))
        inner = [
            self._misfits_of(part.name, F.element_at(fields, F.lit(part.name)), part.dataType)
            for part in data_type
            if not isinstance(part.dataType, StringType)
        ]
        return F.map_concat(unknown, *inner)

    def _array_misfits(self, items: Column, element: DataType) -> Column:
        return F.filter(F.transform(items, lambda item: self._misfit(item, element)), lambda item: item.isNotNull())

    def _map_misfits(self, fields: Column, value_type: DataType) -> Column:
        misfits = F.transform_values(fields, lambda _, value: self._misfit(value, value_type))
        return F.map_filter(misfits, lambda _, value: value.isNotNull())

    def _parsed(self, raw: Column, form: str) -> Column:
        return F.from_json(raw, form, dict(self.json_options))


def is_text(value: Column) -> Column:
    """TRUE; a NUL character, which no text has, fails the flow with the name of the file."""
    message = F.concat(F.lit("Landing file "), F.col("_metadata.file_path"), F.lit(" is binary, not text"))
    return F.when(F.instr(value, "\0") == 0, F.lit(col=True)).otherwise(F.raise_error(message).cast("boolean"))


def _bound(value: Column, use: Callable[[Column], Column]) -> Column:
    """`use(value)` with the value computed once."""
    return F.element_at(F.transform(F.array(value), use), 1)
