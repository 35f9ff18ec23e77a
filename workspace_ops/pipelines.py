"""Finds pipelines by id or by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from databricks.sdk.errors import NotFound

from dlt_local.errors import nearest
from workspace_ops.errors import WorkspaceError, permission_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks.sdk import WorkspaceClient

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A bundle in development mode puts this in front of its pipelines' names.
_PREFIX = re.compile(r"\[dev [^\]]*\] ")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of the workspace."""

    pipeline_id: str
    name: str


def find_pipeline(client: WorkspaceClient, wanted: str) -> Pipeline:
    """By its id, its name, or its name without the prefix of development mode.

    Raises WorkspaceError if there is none, or if several have the name.
    """
    with permission_to("see pipelines", needs="CAN_VIEW on the pipeline"):
        if _ID.fullmatch(wanted):
            return _with_id(client, wanted)
        like = wanted.replace("'", "''")
        named = list(_listed(client, f"name LIKE '%{like}'"))
        exact = [pipeline for pipeline in named if pipeline.name == wanted]
        found = exact or [pipeline for pipeline in named if _PREFIX.sub("", pipeline.name, count=1) == wanted]
        if not found:
            names = [pipeline.name for pipeline in _listed(client, None)]
            remedy = nearest(wanted, names) or "Deploy it by `databricks bundle deploy`, or give its id."
            raise WorkspaceError(f"No pipeline '{wanted}' that you may see", remedy=remedy)
    if len(found) > 1:
        several = ", ".join(f"{pipeline.pipeline_id} '{pipeline.name}'" for pipeline in found)
        raise WorkspaceError(f"{len(found)} pipelines are named '{wanted}': {several}", remedy="Give the id of one.")
    return found[0]


def _with_id(client: WorkspaceClient, pipeline_id: str) -> Pipeline:
    try:
        return Pipeline(pipeline_id, client.pipelines.get(pipeline_id).name or pipeline_id)
    except NotFound as error:
        raise WorkspaceError(f"No pipeline with the id {pipeline_id}", remedy="Its name does as well.") from error


def _listed(client: WorkspaceClient, name_filter: str | None) -> Iterator[Pipeline]:
    for state in client.pipelines.list_pipelines(filter=name_filter, max_results=100):
        if state.pipeline_id and state.name:
            yield Pipeline(state.pipeline_id, state.name)
