"""Events of a pipeline by raw REST: the SDK's own class of events drops their `details`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlt_local.quality.personal import one_line
from workspace_ops.errors import WorkspaceError, permission_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from databricks.sdk import WorkspaceClient

Event = dict[str, Any]
OLDEST_FIRST, NEWEST_FIRST = "timestamp asc", "timestamp desc"
_PAGE = 1000


def read_events(
    client: WorkspaceClient,
    pipeline_id: str,
    *,
    update: str | None = None,
    level: str | None = None,
    since: str | None = None,
    order: str = OLDEST_FIRST,
) -> Iterator[Event]:
    """Events of all pages; only those of an update, of a level, and not older than a time of an event."""
    conditions = (("update_id =", update), ("level =", level), ("timestamp >=", since))
    wanted = " AND ".join(f"{condition} '{value}'" for condition, value in conditions if value)
    query: dict[str, Any] = {"max_results": _PAGE, "order_by": order, **({"filter": wanted} if wanted else {})}
    while True:
        with permission_to("read events of the pipeline", needs="CAN_VIEW on the pipeline"):
            page = client.api_client.do("GET", f"/api/2.0/pipelines/{pipeline_id}/events", query=query)
        if not isinstance(page, dict):
            raise WorkspaceError("The workspace's events are no object")
        yield from page.get("events", ())
        if not page.get("next_page_token"):
            return
        # The token stands for the whole question; a workspace refuses both together.
        query = {"max_results": _PAGE, "page_token": page["next_page_token"]}


def event_line(event: Mapping[str, Any]) -> str:
    """`<timestamp> <event_type> <level> "<message>"`, as `databricks bundle run` prints it, without people and rows."""
    message = one_line(str(event.get("message") or ""))
    return f'{event.get("timestamp")} {event.get("event_type")} {event.get("level")} "{message}"'


def error_chain(event: Mapping[str, Any]) -> list[str]:
    """What went wrong, the outermost exception first."""
    exceptions = (event.get("error") or {}).get("exceptions") or ()
    return [f"{one.get('class_name') or 'Error'}: {one_line(str(one.get('message') or ''))}" for one in exceptions]
