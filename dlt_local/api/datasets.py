"""Declarations of tables and views; each records a frozen definition and evaluates nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dlt_local.api import arguments
from dlt_local.api.definitions import Action, Dataset, Kind, Predicate, QueryFlow, QueryFunction
from dlt_local.api.expectations import DatasetHandle, rules_of, split_expectations
from dlt_local.api.registry import active_registry, unique_expectations
from dlt_local.errors import DefinitionError
from dlt_local.source_location import SourceLocation, caller_location

if TYPE_CHECKING:
    from pyspark.sql import Column
    from pyspark.sql.types import StructType

Decorator = Callable[[QueryFunction], DatasetHandle]
REFRESH_POLICIES = ("auto", "incremental", "incremental_strict", "full")
# Checked and kept in the definition, shown by `dlt-local support`; they change no row of a local run.
RECORDED_ARGUMENTS = {
    "auto_ttl": "rows expire on Databricks; locally they stay",
    "cluster_by": "a layout of files; checked against the columns",
    "cluster_by_auto": "a layout of files",
    "refresh_policy": "'full' is honoured; a local refresh otherwise recomputes whenever an input changed",
    "replace_where": "limits what a refresh rewrites; locally the whole result is computed",
    "row_filter": "a Unity Catalog function that filters what readers see; local readers see all rows",
    "spark_conf": "`pipelines.*` keys; any other key is set while the flow runs",
    "table_properties": "stored with the table; `pipelines.reset.allowed` is honoured",
}


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
    import_checkpoint: str | None = None,
    replace_where: str | Column | None = None,
    auto_ttl: Mapping[str, Any] | None = None,
    refresh_policy: str | None = None,
    format: str | None = None,
    full_refresh: bool | None = None,
) -> Any:
    """A streaming table if the query returns a streaming DataFrame, else a materialized view."""
    given = locals()
    return _declared(given.pop("query_function"), "table", Kind.TABLE, given)


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
    replace_where: str | Column | None = None,
    refresh_policy: str | None = None,
    format: str | None = None,
    full_refresh: bool | None = None,
) -> Any:
    """A table that always equals its batch query; replaced atomically when an input changed."""
    given = locals()
    return _declared(given.pop("query_function"), "materialized_view", Kind.MATERIALIZED_VIEW, given)


def temporary_view(
    query_function: QueryFunction | None = None,
    name: str | None = None,
    comment: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
) -> Any:
    """A named query without storage, evaluated anew by each reader."""
    given = locals()
    return _declared(given.pop("query_function"), "temporary_view", Kind.VIEW, given)


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
) -> None:
    """An empty streaming table that append flows or AUTO CDC flows fill."""
    given, where = locals(), caller_location()
    rules = (
        *rules_of(given.pop("expect_all"), Action.WARN, "expect_all", where),
        *rules_of(given.pop("expect_all_or_drop"), Action.DROP, "expect_all_or_drop", where),
        *rules_of(given.pop("expect_all_or_fail"), Action.FAIL, "expect_all_or_fail", where),
    )
    dataset = arguments.dataset_name(given.pop("name"), where)
    definition = _definition(Kind.STREAMING_TABLE, "create_streaming_table", where, given)
    rules = unique_expectations(dataset, rules)
    active_registry("create_streaming_table").add_dataset(Dataset(dataset, expectations=rules, **definition))


def _declared(query_function: object, decorator: str, kind: Kind, given: dict[str, Any]) -> Any:
    where = caller_location()
    name = given.pop("name")
    definition = _definition(kind, decorator, where, given)

    def decorate(decorated: QueryFunction) -> DatasetHandle:
        function, rules = split_expectations(arguments.query_function(decorated, decorator, where), decorator)
        dataset = arguments.dataset_name(arguments.name_or(name, function), where, is_view=kind is Kind.VIEW)
        rules = unique_expectations(dataset, rules)
        registry = active_registry(decorator)
        registry.add_dataset(Dataset(dataset, expectations=rules, **definition))
        conf = definition["spark_conf"]
        registry.add_flow(QueryFlow(dataset, dataset, function, where, conf, definition["comment"]))
        return DatasetHandle(dataset, arguments.name_or(None, function))

    return decorate if query_function is None else decorate(query_function)  # type: ignore[arg-type] # checked by decorate


def _definition(kind: Kind, called: str, where: SourceLocation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The checked arguments of one declaration, as fields of `Dataset`."""
    arguments.exclusive(where, partition_cols=given.get("partition_cols"), cluster_by=given.get("cluster_by"))
    arguments.exclusive(where, cluster_by=given.get("cluster_by"), cluster_by_auto=given.get("cluster_by_auto"))
    _refuse_without_meaning(called, where, given)
    policy = _refresh_policy(given.get("refresh_policy"), where)
    definition = {
        "kind": kind,
        "location": where,
        "comment": arguments.text(given["comment"], "comment", where),
        "spark_conf": arguments.text_map(given["spark_conf"], "spark_conf", where),
    }
    if kind is Kind.VIEW:
        return definition
    private = {arguments.flag(given.get(name, False), name, where) for name in ("private", "temporary")}
    return definition | {
        "table_properties": arguments.text_map(given["table_properties"], "table_properties", where),
        "partition_cols": arguments.column_names(given["partition_cols"], "partition_cols", where) or (),
        "schema": arguments.table_schema(given["schema"], where),
        "private": True in private,
        "always_recomputed": policy == "full",
        "recorded": _recorded(where, policy, given),
    }


def _refuse_without_meaning(called: str, where: SourceLocation, given: Mapping[str, Any]) -> None:
    if given.get("path") is not None:
        message = f"'{called}(path=...)' is not supported: tables lie where the catalog puts them"
        raise DefinitionError(message, where=where, remedy="Remove it; Unity Catalog does not take it either.")
    if given.get("format") not in (None, "delta"):
        arguments.refuse(where, called, format=given["format"])
    arguments.refuse(
        where, called, import_checkpoint=given.get("import_checkpoint"), full_refresh=given.get("full_refresh")
    )


def _recorded(where: SourceLocation, policy: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments without local meaning that were given, checked."""
    values = {
        "cluster_by": arguments.column_names(given.get("cluster_by"), "cluster_by", where),
        "cluster_by_auto": arguments.flag(given.get("cluster_by_auto", False), "cluster_by_auto", where),
        "row_filter": arguments.row_filter(given.get("row_filter"), where),
        "replace_where": arguments.optional_predicate(given.get("replace_where"), "replace_where", where),
        "auto_ttl": arguments.time_to_live(given.get("auto_ttl"), where),
        "refresh_policy": policy,
    }
    return {name: value for name, value in values.items() if value is not None and value is not False}


def _refresh_policy(value: object, where: SourceLocation) -> str | None:
    if value is None or (isinstance(value, str) and value in REFRESH_POLICIES):
        return value
    message = f"'refresh_policy' must be one of {', '.join(REFRESH_POLICIES)}, got {value!r}"
    raise DefinitionError(message, where=where)
