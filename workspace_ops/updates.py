"""Starts updates and follows them to their end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from databricks.sdk.errors import InternalError, ResourceConflict, TemporarilyUnavailable
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from dlt_local.quality import GOES_ON
from workspace_ops.errors import LOST, WorkspaceError, permission_to
from workspace_ops.events import Event, read_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.pipelines import UpdateInfo

    from workspace_ops.pipelines import Pipeline
    from workspace_ops.request import Pace, StartRequest

_T = TypeVar("_T")
ENDED = frozenset({"COMPLETED", "FAILED", "CANCELED"})
# The log may be a moment behind the state.
_LOOKS_FOR_THE_END = 5


def start_update(client: WorkspaceClient, pipeline: Pipeline, request: StartRequest) -> str:
    """The id of a new update; raises WorkspaceError if one is running already."""
    with permission_to(f"start an update of '{pipeline.name}'", needs="CAN_RUN on the pipeline"):
        try:
            return str(client.pipelines.start_update(pipeline.pipeline_id, **request.fields()).update_id)
        except ResourceConflict as error:
            remedy = "Wait for it, or stop it by `databricks pipelines stop`."
            raise WorkspaceError(f"An update of '{pipeline.name}' is running already", remedy=remedy) from error


@dataclass
class FollowedUpdate:
    """An update and its events as they come; lost connections are told to `on_trouble` and tried again.

    `deadline` is a time of the monotonic clock, `timeout_s` how long before it the waiting began.
    """

    client: WorkspaceClient
    pipeline: Pipeline
    update_id: str
    on_trouble: Callable[[str], None]
    pace: Pace
    timeout_s: float | None = None
    deadline: float | None = None
    state: str = "QUEUED"
    cause: str | None = None
    _seen: set[str] = field(default_factory=set)
    _since: str | None = None
    _has_told_its_end: bool = False

    def __post_init__(self) -> None:
        """The waiting begins now, unless it has begun with an earlier update."""
        if self.deadline is None and self.timeout_s is not None:
            self.deadline = time.monotonic() + self.timeout_s

    def events(self) -> Iterator[Event]:
        """Each event once, in order, until the update has ended; raises WorkspaceError if that takes too long."""
        while self.state not in ENDED:
            # First the state: what happened before the end is then in the log.
            self.state = self._patiently(self._look)
            yield from self._patiently(self._new_events)
            if self.state not in ENDED:
                self._wait()
        yield from self._rest()

    def successor(self) -> FollowedUpdate | None:
        """The update that the workspace has started to go on with a failed one: after new columns, or as a retry."""
        for _ in range(_LOOKS_FOR_THE_END):
            later = self._patiently(self._next_update)
            if later is not None and later.cause is not None:
                cause = later.cause.value
                return self._followed_by(str(later.update_id), cause) if cause in GOES_ON else None
            time.sleep(self.pace.look)
        return None

    def _followed_by(self, update_id: str, cause: str) -> FollowedUpdate:
        return FollowedUpdate(
            client=self.client,
            pipeline=self.pipeline,
            update_id=update_id,
            on_trouble=self.on_trouble,
            pace=self.pace,
            timeout_s=self.timeout_s,
            deadline=self.deadline,
            cause=cause,
        )

    def _next_update(self) -> UpdateInfo | None:
        later = None
        for update in self.client.pipelines.list_updates(self.pipeline.pipeline_id, max_results=25).updates or ():
            if update.update_id == self.update_id:
                return later
            later = update
        return None

    def _rest(self) -> Iterator[Event]:
        for _ in range(_LOOKS_FOR_THE_END):
            if self._has_told_its_end:
                return
            time.sleep(self.pace.look)
            yield from self._patiently(self._new_events)

    def _look(self) -> str:
        update = self.client.pipelines.get_update(self.pipeline.pipeline_id, self.update_id).update
        return update.state.value if update and update.state else self.state

    def _new_events(self) -> list[Event]:
        listed = read_events(self.client, self.pipeline.pipeline_id, update=self.update_id, since=self._since)
        events = [event for event in listed if event["id"] not in self._seen]
        for event in events:
            self._seen.add(event["id"])
            self._since = event["timestamp"]
            self._has_told_its_end |= _told_state(event) in ENDED
        return events

    def _wait(self) -> None:
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise self.left_behind(f"is still {self.state} after {self.timeout_s:g} s")
        time.sleep(self.pace.look)

    def left_behind(self, how: str) -> WorkspaceError:
        """The error of whoever waits no longer."""
        remedy = f"It goes on; see `fitness-ops events {self.pipeline.pipeline_id} --update {self.update_id}`."
        return WorkspaceError(f"Update {self.update_id} {how}", remedy=remedy)

    def _patiently(self, ask: Callable[[], _T]) -> _T:
        patience = self.pace.give_up if self.deadline is None else max(0.0, self.deadline - time.monotonic())
        retrying = Retrying(
            retry=retry_if_exception_type((*LOST, InternalError, TemporarilyUnavailable)),
            wait=wait_exponential(max=self.pace.longest_wait, multiplier=min(1.0, self.pace.longest_wait)),
            stop=stop_after_delay(min(patience, self.pace.give_up)),
            before_sleep=self._tell,
            retry_error_callback=self._lost_for_good,
        )
        return retrying(ask)

    def _tell(self, attempt: RetryCallState) -> None:
        wait = attempt.next_action.sleep if attempt.next_action else 0.0
        self.on_trouble(f"The connection to the workspace is lost; the update goes on. Trying again in {wait:.0f} s")

    def _lost_for_good(self, attempt: RetryCallState) -> Any:
        raise self.left_behind("is out of sight: the connection to the workspace is lost") from (
            attempt.outcome.exception() if attempt.outcome else None
        )


def _told_state(event: Event) -> str | None:
    details = event.get("details")
    progress = details.get("update_progress") if isinstance(details, dict) else None
    return progress.get("state") if isinstance(progress, dict) else None
