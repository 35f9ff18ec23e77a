"""Runs updates, one at a time per state folder, and starts one again where Databricks would."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from dlt_local.errors import SchemaChangedError
from dlt_local.event_log import EventLog
from dlt_local.flows.retries import is_transient, update_retries
from dlt_local.graph.plan import resolve_graph
from dlt_local.graph.reads import intercepted_reads
from dlt_local.loading import load_definitions, pipeline_environment
from dlt_local.stores.lock import locked_pipeline
from dlt_local.stores.state import StateFolder
from dlt_local.update.describing import RETRY_ON_FAILURE, SCHEMA_CHANGE, USER_ACTION
from dlt_local.update.lifecycle import Update, session_of
from dlt_local.update.request import UpdateRequest, UpdateResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlt_local.event_log import Event
    from dlt_local.graph.model import Graph
    from dlt_local.project.spec import PipelineSpec

# Each restart adds what one file brought; a schema that still changes then does so for another reason.
_MAX_SCHEMA_CHANGES = 100


def plan_pipeline(spec: PipelineSpec, state: Path | None = None) -> Graph:
    """Load the sources and resolve the graph and all schemas; writes nothing.

    `state` is where tables of other pipelines are found.
    """
    spark = session_of(spec)
    folder = StateFolder(state.resolve(), spec.name) if state else None
    with pipeline_environment(spec, spark, folder) as dbutils, intercepted_reads():
        return resolve_graph(load_definitions(spec, spark, dbutils), spec, spark, folder)


def run_update(
    spec: PipelineSpec,
    state: Path,
    request: UpdateRequest,
    on_event: Callable[[Event], None],
    stop: threading.Event | None = None,
) -> UpdateResult:
    """Run one update, and the updates that follow from it; the result of the last.

    A continuous one goes on until KeyboardInterrupt, or until `stop` is set, and is then CANCELED.

    A schema that Auto Loader found to have grown starts a new update, transient errors start as many as
    `pipelines.numUpdateRetryAttempts` allows. Raises PipelineError if the update cannot start: a broken pipeline, an
    unknown selection, a state folder in use. A flow that fails ends the update as FAILED; the other flows finish.
    """
    if request.validate_only:
        plan_pipeline(spec, state)
        return UpdateResult(str(uuid.uuid4()), "COMPLETED")
    folder = StateFolder(state.resolve(), spec.name)
    folder.prepare()
    with locked_pipeline(folder) as locks:
        start = Update(spec, folder, request, locks, stop or threading.Event())
        return _run_until_settled(start, on_event)


def _run_until_settled(update: Update, on_event: Callable[[Event], None]) -> UpdateResult:
    cause, schema_changes, retries = USER_ACTION, 0, update_retries(update.spec.configuration)
    while True:
        log = EventLog(update.state, update.spec.name, str(uuid.uuid4()), on_event)
        try:
            result = update.run(log, cause)
        finally:
            log.close()
        # What the request cleared is cleared; the rest of it is to be done again.
        update = replace(update, request=_what_remains(update.request))
        if any(isinstance(error, SchemaChangedError) for error in result.causes):
            cause, schema_changes = SCHEMA_CHANGE, schema_changes + 1
            if schema_changes > _MAX_SCHEMA_CHANGES:
                return result
        elif retries and result.causes and all(is_transient(error) for error in result.causes):
            cause, retries = RETRY_ON_FAILURE, retries - 1
        else:
            return result


def _what_remains(request: UpdateRequest) -> UpdateRequest:
    return UpdateRequest(refresh=(*request.refresh, *request.full_refresh), continuous=request.continuous)
