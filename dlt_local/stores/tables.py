"""Creates the Delta tables of data sets and brings their schema up to date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import DeltaTable, Schema, write_deltalake
from deltalake.exceptions import DeltaError
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from dlt_local.api.definitions import Kind
from dlt_local.cdc.facts import refuse_drift
from dlt_local.errors import GraphError, StateError

if TYPE_CHECKING:
    from dlt_local.graph.model import PlannedDataset
    from dlt_local.stores.state import TableFolder

CHANGE_FEED = "delta.enableChangeDataFeed"


def ensure_table(dataset: PlannedDataset, folder: TableFolder) -> None:
    """Create the table if it is missing; refuse a change that stored rows cannot follow."""
    if not folder.exists:
        _create(dataset, folder)
        return
    stored = stored_schema(folder)
    if dataset.kind is Kind.STREAMING_TABLE:
        refuse_drift(folder, dataset.name, [flow.flow for flow in dataset.flows], dataset.schema)
        _refuse_incompatible(dataset, stored)
        _add_columns(dataset, folder, stored)
        _enable_change_feed(dataset, folder)
    partitions = list(DeltaTable(folder.path).metadata().partition_columns)
    if partitions != list(dataset.declared.partition_cols):
        _needs_full_refresh(dataset, f"partition columns changed from {partitions}")


def stored_schema(folder: TableFolder) -> StructType:
    """The schema of the table on disk."""
    schema: StructType = StructType.fromJson(json.loads(DeltaTable(folder.path).schema().to_json()))
    return schema


def _create(dataset: PlannedDataset, folder: TableFolder) -> None:
    folder.path.mkdir(parents=True, exist_ok=True)
    try:
        DeltaTable.create(
            folder.path,
            schema=Schema.from_json(dataset.schema.json()),
            partition_by=list(dataset.declared.partition_cols),
            name=dataset.name,
            description=dataset.comment,
            configuration=_properties(dataset),
            raise_if_key_not_exists=False,
        )
    except (DeltaError, ValueError) as error:
        message = f"Table '{dataset.name}' cannot be created: {str(error).splitlines()[0]}"
        raise StateError(message, where=dataset.location) from error


def _properties(dataset: PlannedDataset) -> dict[str, str]:
    properties = dict(dataset.declared.table_properties)
    if dataset.has_change_feed:
        properties[CHANGE_FEED] = "true"
    return properties


def _enable_change_feed(dataset: PlannedDataset, folder: TableFolder) -> None:
    """A flow that has come to read the changes of an existing table sees those from now on."""
    table = DeltaTable(folder.path)
    if dataset.has_change_feed and table.metadata().configuration.get(CHANGE_FEED) != "true":
        table.alter.set_table_properties({CHANGE_FEED: "true"}, raise_if_not_exists=False)


def _refuse_incompatible(dataset: PlannedDataset, stored: StructType) -> None:
    known = {field.name.lower(): field.dataType for field in stored.fields}
    for field in dataset.schema.fields:
        before = known.get(field.name.lower())
        if before is not None and not _can_become(before, field.dataType):
            change = f"column '{field.name}' changed from {_text(before)} to {_text(field.dataType)}"
            _needs_full_refresh(dataset, change)


def _add_columns(dataset: PlannedDataset, folder: TableFolder, stored: StructType) -> None:
    known = {name.lower() for name in stored.names}
    new = StructType([field for field in dataset.schema.fields if field.name.lower() not in known])
    if new.fields:
        DeltaTable(folder.path).alter.add_columns(list(Schema.from_json(new.json()).fields))
    before = {field.name.lower(): _text(field.dataType) for field in stored.fields}
    wider = [
        field
        for field in dataset.schema.fields
        if before.get(field.name.lower(), _text(field.dataType)) != _text(field.dataType)
    ]
    if wider:
        none = pa.schema(to_arrow_schema(StructType(wider), timezone="UTC")).empty_table()
        write_deltalake(folder.path, none, mode="append", schema_mode="merge")


def _can_become(before: DataType, after: DataType) -> bool:
    """Whether stored values can be read as the new type: the same one, or with more fields in its structs."""
    if isinstance(before, StructType) and isinstance(after, StructType):
        fields = {field.name.lower(): field.dataType for field in after.fields}
        return all(f.name.lower() in fields and _can_become(f.dataType, fields[f.name.lower()]) for f in before.fields)
    if isinstance(before, ArrayType) and isinstance(after, ArrayType):
        return _can_become(before.elementType, after.elementType)
    if isinstance(before, MapType) and isinstance(after, MapType):
        return _text(before.keyType) == _text(after.keyType) and _can_become(before.valueType, after.valueType)
    return _text(before) == _text(after)


def _needs_full_refresh(dataset: PlannedDataset, change: str) -> None:
    short = dataset.name.split(".", 1)[1]
    message = f"[CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE] Table '{dataset.name}' cannot follow its definition: {change}"
    raise GraphError(message, where=dataset.location, remedy=f"Run with --full-refresh {short}.")


def _text(data_type: DataType) -> str:
    return data_type.simpleString().lower()
