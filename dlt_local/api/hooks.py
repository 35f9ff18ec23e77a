"""Declaration of event hooks: functions that are told the events of an update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlt_local.api import arguments
from dlt_local.api.definitions import EventHook
from dlt_local.api.registry import active_registry
from dlt_local.errors import DefinitionError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable


def on_event_hook(
    user_event_hook_fn: Callable[[dict[str, Any]], Any] | None = None,
    max_allowable_consecutive_failures: int | None = None,
) -> Any:
    """Call the function with each event as a dict; disabled after more failures in a row than allowed."""
    where = caller_location()
    limit = max_allowable_consecutive_failures
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        message = f"'max_allowable_consecutive_failures' must be a whole number of at least 0, got {limit!r}"
        raise DefinitionError(message, where=where)

    def decorate(function: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        checked: Any = arguments.query_function(function, "on_event_hook", where)
        arguments.takes_one_argument(checked, "on_event_hook", where)
        active_registry("on_event_hook").add_hook(EventHook(arguments.name_or(None, checked), checked, where, limit))
        return function

    return decorate if user_event_hook_fn is None else decorate(user_event_hook_fn)
