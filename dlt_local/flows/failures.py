"""Turns what Spark raises into the one line that explains it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import FlowError, PipelineError
from dlt_local.expectations import violation_message
from dlt_local.flows.java_errors import throwables
from dlt_local.flows.remedies import remedy_for
from dlt_local.flows.retries import is_transient
from dlt_local.jdbc.errors import database_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlt_local.graph.model import PlannedFlow
    from dlt_local.jdbc.options import Database

_RAISED = "[USER_RAISED_EXCEPTION] "
_UNREADABLE_FILE = re.compile(r"\[FAILED_READ_FILE[.\w]*\] .*?reading file (\S+?)\.?\s")
_SQL_STATE = re.compile(r"\s*SQLSTATE: \w+$")
_REMOVE = "Repair or remove it; the files beside it wait."
_CHECKPOINT_CODE = re.compile(r"\.streaming\.checkpointing\.|\.FileStreamSourceLog|\.CompactibleFileStreamLog")
_NEAR_THE_CAUSE = 40
_UNINFORMATIVE = (
    "org.apache.spark.util.SparkFatalException",
    "Job aborted",
    # Kafka's cause of "Topic ... not present in metadata".
    "This server does not host this topic-partition",
)


def flow_error(error: Exception, flow: PlannedFlow, databases: Sequence[Database] = ()) -> PipelineError:
    """An expectation failure with its exact message, the runtime's own error as it is, else the deepest cause.

    `databases` are those that the flow read.
    """
    refused = error if isinstance(error, PipelineError) else database_error(error, databases)
    if refused is not None:
        refused.where = refused.where or flow.flow.location
        return refused
    explained = _explained(error, flow)
    explained.is_transient = is_transient(error)
    return explained


def _explained(error: Exception, flow: PlannedFlow) -> FlowError:
    texts = [str(error), *_java_messages(error)]
    for text in texts:
        violation = violation_message(text)
        if violation is not None:
            return FlowError(violation)
    unreadable = next((found[1] for text in texts if (found := _UNREADABLE_FILE.search(text))), None)
    lines = [_first_line(text) for text in texts if text.strip() and not text.startswith(_UNINFORMATIVE)]
    cause = _SQL_STATE.sub("", lines[-1].removeprefix(_RAISED)) if lines else type(error).__name__
    if unreadable is not None:
        return FlowError(f"File {unreadable} cannot be read: {cause}", where=flow.flow.location, remedy=_REMOVE)
    if _is_about_checkpoint(error):
        texts = [*texts, "checkpoint"]
    remedy = next((known for text in (cause, *texts) if (known := _remedy(text, flow))), None)
    return FlowError(cause, where=flow.flow.location, remedy=remedy)


def _remedy(text: str, flow: PlannedFlow) -> str | None:
    return remedy_for(text, flow.flow.target, flow.name)


def _java_messages(error: Exception) -> Iterator[str]:
    """Messages of the Java exceptions behind a Python one, outermost first."""
    for throwable in throwables(error):
        yield str(throwable.getMessage() or throwable.getClass().getName())


def _is_about_checkpoint(error: Exception) -> bool:
    """Whether the deepest cause arose where Spark reads its checkpoints; some such causes do not say so."""
    found = list(throwables(error))
    trace = list(found[-1].getStackTrace())[:_NEAR_THE_CAUSE] if found else []
    return any(_CHECKPOINT_CODE.search(str(frame.getClassName())) for frame in trace)


def _first_line(text: str) -> str:
    return next(line.strip() for line in text.splitlines() if line.strip())
