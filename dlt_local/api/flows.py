"""Declarations of flows into a streaming table: append flows and AUTO CDC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlt_local.api import arguments
from dlt_local.api.definitions import CdcFlow, Predicate, QueryFlow, QueryFunction
from dlt_local.api.registry import active_registry
from dlt_local.errors import DefinitionError
from dlt_local.source_location import SourceLocation, caller_location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Columns = list[str] | None
SCD_TYPE_2 = 2


def append_flow(
    name: str | None = None,
    target: str | None = None,
    comment: str | None = None,
    spark_conf: Mapping[str, str] | None = None,
    once: bool = False,
    import_checkpoint: str | None = None,
) -> Callable[[QueryFunction], QueryFunction]:
    """Append the rows of a streaming query to `target`; the flow's name identifies its checkpoint."""
    where = caller_location()
    arguments.refuse(where, "append_flow", once=once, import_checkpoint=import_checkpoint)
    if target is None:
        raise DefinitionError("'append_flow' needs a target", where=where, remedy="Name the streaming table to fill.")

    def decorate(decorated: QueryFunction) -> QueryFunction:
        function = arguments.query_function(decorated, "append_flow", where)
        active_registry("append_flow").add_flow(
            QueryFlow(
                name=arguments.dataset_name(function.__name__ if name is None else name, where),
                target=arguments.dataset_name(target, where),
                function=function,
                location=where,
                spark_conf=arguments.flow_conf(spark_conf, where),
                comment=arguments.text(comment, "comment", where),
                is_append=True,
            )
        )
        return function

    return decorate


def create_auto_cdc_flow(
    target: str,
    source: str,
    keys: list[str],
    sequence_by: Predicate,
    system_sequence_by: Predicate | None = None,
    ignore_null_updates: bool = False,
    ignore_null_updates_column_list: Columns = None,
    ignore_null_updates_except_column_list: Columns = None,
    columns_to_update: str | None = None,
    apply_as_deletes: Predicate | None = None,
    apply_as_truncates: Predicate | None = None,
    column_list: Columns = None,
    except_column_list: Columns = None,
    stored_as_scd_type: int | str = 1,
    track_history_column_list: Columns = None,
    track_history_except_column_list: Columns = None,
    name: str | None = None,
    once: bool = False,
    *,
    flow_name: str | None = None,
) -> None:
    """Apply inserts, updates and deletes of `source` to `target`: per key the highest sequence wins.

    SCD type 1 keeps the newest row of a key, type 2 every version with `__START_AT` and `__END_AT`.
    """
    where = caller_location()
    arguments.refuse(
        where,
        "create_auto_cdc_flow",
        system_sequence_by=system_sequence_by,
        ignore_null_updates=ignore_null_updates,
        ignore_null_updates_column_list=ignore_null_updates_column_list,
        ignore_null_updates_except_column_list=ignore_null_updates_except_column_list,
        columns_to_update=columns_to_update,
        apply_as_truncates=apply_as_truncates,
        once=once,
    )
    arguments.exclusive(where, column_list=column_list, except_column_list=except_column_list)
    arguments.exclusive(where, name=name, flow_name=flow_name)
    target = arguments.dataset_name(target, where)
    tracked = arguments.column_names(track_history_column_list, "track_history_column_list", where)
    untracked = arguments.column_names(track_history_except_column_list, "track_history_except_column_list", where)
    arguments.exclusive(where, track_history_column_list=tracked, track_history_except_column_list=untracked)
    scd_type = _scd_type(stored_as_scd_type, where)
    if scd_type != SCD_TYPE_2 and (tracked or untracked):
        raise DefinitionError("Track-history lists need stored_as_scd_type=2", where=where)
    active_registry("create_auto_cdc_flow").add_flow(
        CdcFlow(
            name=arguments.dataset_name(name or flow_name or target, where),
            target=target,
            source=arguments.dataset_name(source, where),
            keys=_keys(keys, where),
            sequence_by=arguments.predicate(sequence_by, "sequence_by", where),
            scd_type=scd_type,
            location=where,
            apply_as_deletes=_optional(apply_as_deletes, "apply_as_deletes", where),
            column_list=arguments.column_names(column_list, "column_list", where),
            except_column_list=arguments.column_names(except_column_list, "except_column_list", where),
            track_history_column_list=tracked,
            track_history_except_column_list=untracked,
        )
    )


def apply_changes(
    target: str,
    source: str,
    keys: list[str],
    sequence_by: Predicate,
    where: Predicate | None = None,
    **options: Any,
) -> None:
    """The older name of `create_auto_cdc_flow`."""
    arguments.refuse(caller_location(), "apply_changes", where=where)
    create_auto_cdc_flow(target, source, keys, sequence_by, **options)


def _keys(keys: object, where: SourceLocation) -> tuple[str, ...]:
    names = arguments.column_names(keys, "keys", where)
    if not names:
        raise DefinitionError("'keys' must name at least one column", where=where)
    return names


def _optional(value: object, argument: str, where: SourceLocation) -> Predicate | None:
    return None if value is None else arguments.predicate(value, argument, where)


def _scd_type(value: object, where: SourceLocation) -> int:
    if str(value) in {"1", "2"} and not isinstance(value, bool):
        return int(str(value))
    raise DefinitionError(f"'stored_as_scd_type' must be 1 or 2, got {value!r}", where=where)
