"""Declarations of tables and views; each records a frozen definition and evaluates nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dlt_local.api import arguments
from dlt_local.api.definitions import Action, Dataset, Kind, Predicate, QueryFlow, QueryFunction
from dlt_local.api.expectations import DatasetHandle, rules_of, split_expectations
from dlt_local.api.registry import active_registry, unique_expectations
from dlt_local.source_location import SourceLocation, caller_location

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

Decorator = Callable[[QueryFunction], DatasetHandle]


def table(
    query_function: QueryFunction | None = None,
    name: str | None = None,
    comment: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
    table_properties: Mapping[str, str] | None = None,
    partition_cols: list[str] | None = None,
    path: str | None = None,
    schema: StructType | str | None = None,
    temporary: bool = False,
    cluster_by: list[str] | None = None,
    row_filter: str | None = None,
    *,
    cluster_by_auto: bool = False,
    private: bool = False,
    format: str | None = None,
    **unsupported: Any,
) -> Any:
    """A streaming table if the query returns a streaming DataFrame, else a materialized view."""
    where = caller_location()
    _refuse_unknown("table", where, unsupported)
    arguments.refuse(where, "table", path=path, row_filter=row_filter, cluster_by_auto=cluster_by_auto)
    definition = _table_definition(
        Kind.TABLE, where, comment, spark_conf, table_properties, partition_cols, schema, cluster_by, format
    )
    private = arguments.flag(private, "private", where) or arguments.flag(temporary, "temporary", where)
    return _declared(query_function, "table", name, definition | {"private": private})


def materialized_view(
    query_function: QueryFunction | None = None,
    name: str | None = None,
    comment: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
    table_properties: Mapping[str, str] | None = None,
    partition_cols: list[str] | None = None,
    path: str | None = None,
    schema: StructType | str | None = None,
    cluster_by: list[str] | None = None,
    row_filter: str | None = None,
    *,
    cluster_by_auto: bool = False,
    private: bool = False,
    format: str | None = None,
    **unsupported: Any,
) -> Any:
    """A table that always equals its batch query; replaced atomically when an input changed."""
    where = caller_location()
    _refuse_unknown("materialized_view", where, unsupported)
    arguments.refuse(where, "materialized_view", path=path, row_filter=row_filter, cluster_by_auto=cluster_by_auto)
    definition = _table_definition(
        Kind.MATERIALIZED_VIEW, where, comment, spark_conf, table_properties, partition_cols, schema, cluster_by, format
    )
    private = arguments.flag(private, "private", where)
    return _declared(query_function, "materialized_view", name, definition | {"private": private})


def temporary_view(
    query_function: QueryFunction | None = None,
    name: str | None = None,
    comment: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
) -> Any:
    """A named query without storage, evaluated anew by each reader."""
    where = caller_location()
    definition = {
        "kind": Kind.VIEW,
        "location": where,
        "comment": arguments.text(comment, "comment", where),
        "spark_conf": arguments.flow_conf(spark_conf, where),
    }
    return _declared(query_function, "temporary_view", name, definition)


def create_streaming_table(
    name: str,
    comment: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
    table_properties: Mapping[str, str] | None = None,
    partition_cols: list[str] | None = None,
    path: str | None = None,
    schema: StructType | str | None = None,
    expect_all: Mapping[str, Predicate] | None = None,
    expect_all_or_drop: Mapping[str, Predicate] | None = None,
    expect_all_or_fail: Mapping[str, Predicate] | None = None,
    cluster_by: list[str] | None = None,
    row_filter: str | None = None,
    *,
    cluster_by_auto: bool = False,
    format: str | None = None,
    **unsupported: Any,
) -> None:
    """An empty streaming table that append flows or one kind of AUTO CDC flow fill."""
    where = caller_location()
    _refuse_unknown("create_streaming_table", where, unsupported)
    arguments.refuse(where, "create_streaming_table", path=path, row_filter=row_filter, cluster_by_auto=cluster_by_auto)
    rules = (
        *rules_of(expect_all, Action.WARN, "expect_all", where),
        *rules_of(expect_all_or_drop, Action.DROP, "expect_all_or_drop", where),
        *rules_of(expect_all_or_fail, Action.FAIL, "expect_all_or_fail", where),
    )
    definition = _table_definition(
        Kind.STREAMING_TABLE, where, comment, spark_conf, table_properties, partition_cols, schema, cluster_by, format
    )
    dataset = arguments.dataset_name(name, where)
    rules = unique_expectations(dataset, rules)
    active_registry("create_streaming_table").add_dataset(Dataset(name=dataset, expectations=rules, **definition))


def _table_definition(
    kind: Kind,
    where: SourceLocation,
    comment: object,
    spark_conf: object,
    table_properties: object,
    partition_cols: object,
    schema: object,
    cluster_by: object,
    format: object,
) -> dict[str, Any]:
    arguments.exclusive(where, partition_cols=partition_cols, cluster_by=cluster_by)
    if format not in (None, "delta"):
        arguments.refuse(where, kind.lower(), format=format)
    clustering = arguments.column_names(cluster_by, "cluster_by", where)
    return {
        "kind": kind,
        "location": where,
        "comment": arguments.text(comment, "comment", where),
        "spark_conf": arguments.flow_conf(spark_conf, where),
        "table_properties": arguments.text_map(table_properties, "table_properties", where),
        "partition_cols": arguments.column_names(partition_cols, "partition_cols", where) or (),
        "schema": arguments.table_schema(schema, where),
        "recorded": {"cluster_by": clustering} if clustering else {},
    }


def _refuse_unknown(called: str, where: SourceLocation, unsupported: Mapping[str, Any]) -> None:
    known = {"import_checkpoint", "replace_where", "auto_ttl", "refresh_policy", "full_refresh"}
    for argument, value in unsupported.items():
        if argument not in known:
            message = f"{called}() got an unexpected keyword argument '{argument}'"
            raise TypeError(message)
        arguments.refuse(where, called, **{argument: value if value is not None else True})


def _declared(query_function: object, decorator: str, name: str | None, definition: dict[str, Any]) -> Any:
    where: SourceLocation = definition["location"]

    def decorate(decorated: QueryFunction) -> DatasetHandle:
        checked = arguments.query_function(decorated, decorator, where)
        function, rules = split_expectations(checked)
        is_view = definition["kind"] is Kind.VIEW
        dataset = arguments.dataset_name(function.__name__ if name is None else name, where, is_view=is_view)
        rules = unique_expectations(dataset, rules)
        registry = active_registry(decorator)
        registry.add_dataset(Dataset(name=dataset, expectations=rules, **definition))
        conf = definition["spark_conf"]
        registry.add_flow(QueryFlow(dataset, dataset, function, where, conf, definition["comment"]))
        return DatasetHandle(dataset, function.__name__)

    return decorate if query_function is None else decorate(query_function)  # type: ignore[arg-type] # checked by decorate
