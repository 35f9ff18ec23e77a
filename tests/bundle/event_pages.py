"""All events of a pipeline through the SDK's client, page by page, with their details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks.sdk import WorkspaceClient


def paged_events(client: WorkspaceClient, pipeline_id: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Events that a query asks for."""
    while True:
        answer = client.api_client.do("GET", f"/api/2.0/pipelines/{pipeline_id}/events", query=query)
        assert isinstance(answer, dict)
        yield from answer.get("events", [])
        if "next_page_token" not in answer:
            return
        query = {"page_token": answer["next_page_token"]}


def events_of_update(client: WorkspaceClient, pipeline_id: str, update_id: str) -> list[dict[str, Any]]:
    """Events of one update, oldest first."""
    query = {"filter": f"update_id = '{update_id}'", "order_by": "timestamp asc"}
    return list(paged_events(client, pipeline_id, **query))
