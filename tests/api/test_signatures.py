"""The API has the names, parameters, order and defaults that Databricks documents and open-source Spark installs."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from pyspark import pipelines as open_source

from dlt_local.api.modules import API

NO_DEFAULT = inspect.Parameter.empty
# Per function: parameters in order, each with its default ("name" alone has none); after "*" by keyword only.
DATABRICKS = {
    "table": "query_function=None name=None comment=None spark_conf=None table_properties=None partition_cols=None "
    "path=None schema=None temporary=False cluster_by=None row_filter=None * cluster_by_auto=False private=False "
    "import_checkpoint=None replace_where=None auto_ttl=None refresh_policy=None format=None full_refresh=None",
    "materialized_view": "query_function=None name=None comment=None spark_conf=None table_properties=None "
    "partition_cols=None path=None schema=None cluster_by=None row_filter=None * cluster_by_auto=False private=False "
    "replace_where=None refresh_policy=None format=None full_refresh=None",
    "temporary_view": "query_function=None name=None comment=None spark_conf=None",
    "view": "query_function=None name=None comment=None spark_conf=None",
    "create_streaming_table": "name comment=None spark_conf=None table_properties=None partition_cols=None path=None "
    "schema=None expect_all=None expect_all_or_drop=None expect_all_or_fail=None cluster_by=None row_filter=None * "
    "cluster_by_auto=False format=None",
    "append_flow": "name=None target=None comment=None spark_conf=None once=False import_checkpoint=None",
    "update_flow": "name=None target=None spark_conf=None",
    "create_auto_cdc_flow": "target source keys sequence_by system_sequence_by=None ignore_null_updates=False "
    "ignore_null_updates_column_list=None ignore_null_updates_except_column_list=None columns_to_update=None "
    "apply_as_deletes=None apply_as_truncates=None column_list=None except_column_list=None stored_as_scd_type='1' "
    "track_history_column_list=None track_history_except_column_list=None name=None once=False * flow_name=None "
    "spark_conf=None",
    "apply_changes": "target source keys sequence_by where=None ignore_null_updates=False apply_as_deletes=None "
    "apply_as_truncates=None column_list=None except_column_list=None stored_as_scd_type='1' "
    "track_history_column_list=None track_history_except_column_list=None flow_name=None once=False * "
    "ignore_null_updates_column_list=None ignore_null_updates_except_column_list=None columns_to_update=None "
    "system_sequence_by=None name=None spark_conf=None",
    "create_auto_cdc_from_snapshot_flow": "target source keys stored_as_scd_type=1 track_history_column_list=None "
    "track_history_except_column_list=None",
    "create_sink": "name format options=None",
    "on_event_hook": "user_event_hook_fn=None max_allowable_consecutive_failures=None",
    "expect": "name inv",
    "expect_or_drop": "name inv",
    "expect_or_fail": "name inv",
    "expect_all": "expectations",
    "expect_all_or_drop": "expectations",
    "expect_all_or_fail": "expectations",
    "read": "name",
    "read_stream": "name",
}
# Open-source Spark says None where Databricks says type 1.
OTHER_DEFAULTS = {("create_auto_cdc_flow", "stored_as_scd_type")}


@pytest.mark.parametrize("name", DATABRICKS)
def test_databricks_parameters(name: str) -> None:
    assert written(inspect.signature(API[name])) == DATABRICKS[name]


@pytest.mark.parametrize("name", open_source.__all__)
def test_calls_that_open_source_spark_takes_are_taken(name: str) -> None:
    ours = inspect.signature(API[name]).parameters
    for parameter in inspect.signature(getattr(open_source, name)).parameters.values():
        assert parameter.name in ours
        if (name, parameter.name) not in OTHER_DEFAULTS and parameter.default is not NO_DEFAULT:
            assert ours[parameter.name].default == parameter.default


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("create_table", "table"),
        ("create_view", "temporary_view"),
        ("create_target_table", "create_streaming_table"),
        ("create_streaming_live_table", "create_streaming_table"),
    ],
)
def test_old_names_have_the_signature_of_the_new(old: str, current: str) -> None:
    assert inspect.signature(API[old]) == inspect.signature(API[current])


def test_every_name_has_a_stated_signature() -> None:
    aliases = {
        "apply_changes_from_snapshot", "create_streaming_live_table", "create_table", "create_target_table",
        "create_view", "foreach_batch_sink", "readStream",
    }  # fmt: skip
    assert set(API) == set(DATABRICKS) | aliases


def written(signature: inspect.Signature) -> str:
    words: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        words.append(parameter.name + default_text(parameter.default))
    return " ".join(words)


def default_text(default: Any) -> str:
    return "" if default is NO_DEFAULT else f"={default!r}"
