"""Names of the API that this runtime refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from dlt_local.errors import UnsupportedError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = (
    "apply_changes_from_snapshot",
    "create_auto_cdc_from_snapshot_flow",
    "create_sink",
    "foreach_batch_sink",
    "on_event_hook",
    "update_flow",
)


def refusing(name: str) -> Callable[..., Any]:
    """A function that stands for `name` and refuses every call."""

    def refuse(*_: object, **__: object) -> NoReturn:
        message = f"'{name}' is not supported by dlt_local"
        raise UnsupportedError(message, where=caller_location(), remedy="`dlt-local support` lists what is.")

    refuse.__name__ = name
    return refuse
