"""How a task ends that does not succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.source_location import SourceLocation


class TaskError(PipelineError):
    """A task failed while it ran; tasks after it were not run."""

    def __init__(self, task: str, what: str, *, where: SourceLocation | None = None) -> None:
        self.task = task
        super().__init__(f"Task '{task}' failed: {what}", where=where)
