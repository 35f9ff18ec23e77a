"""Declarations of flows into a streaming table or sink: append flows, AUTO CDC, AUTO CDC from snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlt_local.api import arguments
from dlt_local.api.definitions import CdcFlow, Predicate, QueryFlow, QueryFunction, SnapshotFlow, SnapshotFunction
from dlt_local.api.registry import active_registry
from dlt_local.errors import DefinitionError, UnsupportedError
from dlt_local.source_location import SourceLocation, caller_location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column

    Columns = Sequence[str | Column] | None

SCD_TYPE_2 = 2


def append_flow(
    name: str | None = None,
    target: str | None = None,
    comment: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
    once: bool = False,
    import_checkpoint: str | None = None,
) -> Callable[[QueryFunction], QueryFunction]:
    """Append the rows of a streaming query to `target`; the flow's name identifies its checkpoint.

    With `once` the query is a batch query that runs a single time, and again on full refresh.
    """
    where = caller_location()
    arguments.refuse(where, "append_flow", import_checkpoint=import_checkpoint)
    if target is None:
        raise DefinitionError("'append_flow' needs a target", where=where, remedy="Name the table or sink to fill.")

    def decorate(decorated: QueryFunction) -> QueryFunction:
        function = arguments.query_function(decorated, "append_flow", where)
        active_registry("append_flow").add_flow(
            QueryFlow(
                name=arguments.dataset_name(arguments.name_or(name, function), where),
                target=arguments.dataset_name(target, where),
                function=function,
                location=where,
                spark_conf=arguments.text_map(spark_conf, "spark_conf", where),
                comment=arguments.text(comment, "comment", where),
                is_append=True,
                once=arguments.flag(once, "once", where),
            )
        )
        return function

    return decorate


def update_flow(
    name: str | None = None,
    target: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
) -> Callable[[QueryFunction], QueryFunction]:
    """Send each new row of a streaming query to the `kafka` sink `target`, in real-time mode if it may.

    That is in a continuous run with `pipelines.trigger` set to RealTime, and in micro-batches otherwise.
    """
    where = caller_location()
    if target is None:
        raise DefinitionError("'update_flow' needs a target", where=where, remedy="Name the sink to write to.")
    conf = arguments.text_map(spark_conf, "spark_conf", where)

    def decorate(decorated: QueryFunction) -> QueryFunction:
        function = arguments.query_function(decorated, "update_flow", where)
        active_registry("update_flow").add_flow(
            QueryFlow(
                name=arguments.dataset_name(arguments.name_or(name, function), where),
                target=arguments.dataset_name(target, where),
                function=function,
                location=where,
                spark_conf=conf,
                is_update=True,
            )
        )
        return function

    return decorate


def create_auto_cdc_flow(
    target: str,
    source: str,
    keys: Sequence[str | Column],
    sequence_by: Predicate,
    system_sequence_by: Predicate | None = None,
    ignore_null_updates: bool = False,
    ignore_null_updates_column_list: Columns = None,
    ignore_null_updates_except_column_list: Columns = None,
    columns_to_update: str | Column | None = None,
    apply_as_deletes: Predicate | None = None,
    apply_as_truncates: Predicate | None = None,
    column_list: Columns = None,
    except_column_list: Columns = None,
    stored_as_scd_type: int | str | None = "1",
    track_history_column_list: Columns = None,
    track_history_except_column_list: Columns = None,
    name: str | None = None,
    once: bool = False,
    *,
    flow_name: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
) -> None:
    """Apply inserts, updates and deletes of `source` to `target`: per key the highest sequence wins.

    SCD type 1 keeps the newest row of a key, type 2 every version with `__START_AT` and `__END_AT`.
    """
    _declare_cdc_flow(**locals())


def apply_changes(
    target: str,
    source: str,
    keys: Sequence[str | Column],
    sequence_by: Predicate,
    where: Predicate | None = None,
    ignore_null_updates: bool = False,
    apply_as_deletes: Predicate | None = None,
    apply_as_truncates: Predicate | None = None,
    column_list: Columns = None,
    except_column_list: Columns = None,
    stored_as_scd_type: int | str | None = "1",
    track_history_column_list: Columns = None,
    track_history_except_column_list: Columns = None,
    flow_name: str | None = None,
    once: bool = False,
    *,
    ignore_null_updates_column_list: Columns = None,
    ignore_null_updates_except_column_list: Columns = None,
    columns_to_update: str | Column | None = None,
    system_sequence_by: Predicate | None = None,
    name: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
) -> None:
    """The older name of `create_auto_cdc_flow`; in addition every source row must satisfy `where`."""
    _declare_cdc_flow(**locals())


def create_auto_cdc_from_snapshot_flow(
    target: str,
    source: str | SnapshotFunction,
    keys: Sequence[str | Column],
    stored_as_scd_type: int | str | None = 1,
    track_history_column_list: Columns = None,
    track_history_except_column_list: Columns = None,
) -> None:
    """Compare each snapshot of `source` with the one before, and apply what was inserted, changed or is gone.

    `source` is the name of a table or view, read once per update and versioned 0, 1, 2, ..., or a function from the
    last version (None at first) to `(DataFrame, version)`, called until it returns None.
    """
    where = caller_location()
    target = arguments.dataset_name(target, where)
    flow = SnapshotFlow(
        name=target,
        target=target,
        source=source if callable(source) else arguments.dataset_name(source, where),
        keys=_keys(keys, where),
        scd_type=_scd_type(stored_as_scd_type, where),
        location=where,
        **_lists("track_history_", track_history_column_list, track_history_except_column_list, where),
    )
    _refuse_tracking_without_history(flow)
    active_registry("create_auto_cdc_from_snapshot_flow").add_flow(flow)


def apply_changes_from_snapshot(
    target: str,
    source: str | SnapshotFunction | None = None,
    keys: Sequence[str | Column] = (),
    stored_as_scd_type: int | str | None = 1,
    track_history_column_list: Columns = None,
    track_history_except_column_list: Columns = None,
    *,
    snapshot_and_version: SnapshotFunction | None = None,
) -> None:
    """The older name of `create_auto_cdc_from_snapshot_flow`, which also took the function by a name of its own."""
    where = caller_location()
    arguments.exclusive(where, source=source, snapshot_and_version=snapshot_and_version)
    given = source if source is not None else snapshot_and_version
    if given is None:
        raise DefinitionError("'apply_changes_from_snapshot' needs a source", where=where)
    create_auto_cdc_from_snapshot_flow(
        target, given, keys, stored_as_scd_type, track_history_column_list, track_history_except_column_list
    )


def _declare_cdc_flow(target: str, source: str, where: Predicate | None = None, **given: Any) -> None:
    place = caller_location()
    if given["system_sequence_by"] is not None or str(given["stored_as_scd_type"]).lower() == "bitemporal":
        message = "Bitemporal AUTO CDC ('system_sequence_by') is not supported by dlt_local"
        raise UnsupportedError(message, where=place, remedy="Use stored_as_scd_type 1 or 2.")
    arguments.exclusive(place, name=given["name"], flow_name=given["flow_name"])
    arguments.text_map(given["spark_conf"], "spark_conf", place)
    target = arguments.dataset_name(target, place)
    name = next((given[key] for key in ("name", "flow_name") if given[key] is not None), target)
    lists = {
        **_lists("", given["column_list"], given["except_column_list"], place),
        **_lists_of("ignore_null_updates_", given, place),
        **_lists_of("track_history_", given, place),
    }
    flow = CdcFlow(
        name=arguments.dataset_name(name, place),
        target=target,
        source=arguments.dataset_name(source, place),
        keys=_keys(given["keys"], place),
        sequence_by=arguments.predicate(given["sequence_by"], "sequence_by", place),
        scd_type=_scd_type(given["stored_as_scd_type"], place),
        location=place,
        apply_as_deletes=_optional(given["apply_as_deletes"], "apply_as_deletes", place),
        apply_as_truncates=_optional(given["apply_as_truncates"], "apply_as_truncates", place),
        ignore_null_updates=arguments.flag(given["ignore_null_updates"], "ignore_null_updates", place),
        columns_to_update=arguments.column_name(given["columns_to_update"], "columns_to_update", place),
        where=_optional(where, "where", place),
        once=arguments.flag(given["once"], "once", place),
        **lists,
    )
    _refuse_contradictions(flow)
    active_registry("create_auto_cdc_flow").add_flow(flow)


def _refuse_contradictions(flow: CdcFlow) -> None:
    _refuse_tracking_without_history(flow)
    lists = flow.ignore_null_updates_column_list or flow.ignore_null_updates_except_column_list
    if flow.columns_to_update and (flow.ignore_null_updates or lists):
        message = "'columns_to_update' and 'ignore_null_updates' exclude each other"
        raise DefinitionError(message, where=flow.location)
    if flow.apply_as_truncates is not None and flow.scd_type == SCD_TYPE_2:
        message = "'apply_as_truncates' needs stored_as_scd_type=1"
        raise DefinitionError(message, where=flow.location, remedy="A table of versions cannot be truncated.")


def _refuse_tracking_without_history(flow: CdcFlow | SnapshotFlow) -> None:
    tracked = flow.track_history_column_list or flow.track_history_except_column_list
    if tracked and flow.scd_type != SCD_TYPE_2:
        raise DefinitionError("Track-history lists need stored_as_scd_type=2", where=flow.location)


def _lists_of(prefix: str, given: Mapping[str, Any], where: SourceLocation) -> dict[str, Any]:
    return _lists(prefix, given[f"{prefix}column_list"], given[f"{prefix}except_column_list"], where)


def _lists(prefix: str, only: Columns, all_but: Columns, where: SourceLocation) -> dict[str, Any]:
    """A pair of lists that exclude each other, as arguments of a definition."""
    names = (f"{prefix}column_list", f"{prefix}except_column_list")
    pair = dict(zip(names, (only, all_but), strict=True))
    arguments.exclusive(where, **{name: value is not None for name, value in pair.items()})
    return {name: arguments.column_names(value, name, where) for name, value in pair.items()}


def _keys(keys: object, where: SourceLocation) -> tuple[str, ...]:
    names = arguments.column_names(keys, "keys", where)
    if not names:
        raise DefinitionError("'keys' must name at least one column", where=where)
    return names


def _optional(value: object, argument: str, where: SourceLocation) -> Predicate | None:
    return None if value is None else arguments.predicate(value, argument, where)


def _scd_type(value: object, where: SourceLocation) -> int:
    if value is None:
        return 1
    if isinstance(value, int | str) and not isinstance(value, bool) and str(value) in {"1", "2"}:
        return int(value)
    raise DefinitionError(f"'stored_as_scd_type' must be 1 or 2, got {value!r}", where=where)
