"""What the columns of new files mean for a known schema: new fields, at any depth, and wider types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StructField,
    StructType,
    TimestampNTZType,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS: Mapping[type[DataType], int] = {ByteType: 3, ShortType: 5, IntegerType: 10, LongType: 20}
_WIDER: Mapping[type[DataType], tuple[type[DataType], ...]] = {
    ByteType: (ShortType, IntegerType, LongType, DoubleType),
    ShortType: (IntegerType, LongType, DoubleType),
    IntegerType: (LongType, DoubleType),
    LongType: (DoubleType,),
    FloatType: (DoubleType,),
    DateType: (TimestampNTZType,),
}


@dataclass(frozen=True, slots=True)
class Changes:
    """A schema after new columns were met; `added` and `widened` are dotted names."""

    schema: StructType
    added: tuple[str, ...]
    widened: tuple[str, ...]


def changed_by(known: StructType, found: StructType, *, widening: bool) -> Changes:
    """`known` with the fields of `found` that it lacks at the end, names compared without case.

    A field of another type keeps its type, unless widening is wanted and the other one is wider.
    """
    added: list[str] = []
    widened: list[str] = []
    schema = _merged_struct(known, found, _Walk("", added, widened, widening=widening))
    return Changes(schema, tuple(added), tuple(widened))


@dataclass(frozen=True, slots=True)
class _Walk:
    path: str
    added: list[str]
    widened: list[str]
    widening: bool

    def into(self, name: str) -> _Walk:
        return _Walk(f"{self.path}.{name}" if self.path else name, self.added, self.widened, self.widening)


def _merged_struct(known: StructType, found: StructType, walk: _Walk) -> StructType:
    others = {field.name.lower(): field for field in reversed(found.fields)}
    fields = [
        StructField(field.name, _merged(field.dataType, others[field.name.lower()].dataType, walk.into(field.name)))
        if field.name.lower() in others
        else field
        for field in known.fields
    ]
    seen = {field.name.lower() for field in known.fields}
    for field in found.fields:
        if field.name.lower() not in seen:
            seen.add(field.name.lower())
            walk.added.append(walk.into(field.name).path)
            fields.append(StructField(field.name, field.dataType))
    return StructType(fields)


def _merged(known: DataType, found: DataType, walk: _Walk) -> DataType:
    if isinstance(known, StructType) and isinstance(found, StructType):
        return _merged_struct(known, found, walk)
    if isinstance(known, ArrayType) and isinstance(found, ArrayType):
        return ArrayType(_merged(known.elementType, found.elementType, walk))
    if isinstance(known, MapType) and isinstance(found, MapType):
        return MapType(known.keyType, _merged(known.valueType, found.valueType, walk))
    wider = _wider(known, found) if walk.widening else None
    if wider is None:
        return known
    walk.widened.append(walk.path)
    return wider


def _wider(known: DataType, found: DataType) -> DataType | None:
    """The type that holds the values of both, if it is not `known` itself."""
    if type(found) in _WIDER.get(type(known), ()):
        return found
    if isinstance(found, DecimalType):
        scale = known.scale if isinstance(known, DecimalType) else 0
        before = known.precision if isinstance(known, DecimalType) else _DIGITS.get(type(known), 0)
        digits = max(found.precision - found.scale, before - scale)
        wide = DecimalType(digits + max(scale, found.scale), max(scale, found.scale))
        is_number = isinstance(known, DecimalType) or type(known) in _DIGITS
        return wide if is_number and wide != known and wide.precision <= 38 else None  # noqa: PLR2004 # Spark's limit
    return None
