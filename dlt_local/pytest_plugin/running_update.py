"""A continuous update that goes on while a test sends it things and looks at its tables."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlt_local.update import UpdateResult

_LOOK_SECONDS = 0.05


@dataclass
class RunningUpdate:
    """Runs `start` in a thread of its own; `stop` ends it."""

    start: Callable[[threading.Event], UpdateResult]
    _stop: threading.Event = field(default_factory=threading.Event)
    _result: UpdateResult | None = None
    _error: BaseException | None = None

    def __post_init__(self) -> None:
        """Start it."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def until(self, condition: Callable[[], object], *, seconds: float = 60) -> None:
        """Wait until the condition is true; an error if the update ends before, or it takes longer."""
        __tracebackhide__ = True
        deadline = time.monotonic() + seconds
        while not condition():
            if not self._thread.is_alive():
                ended = self.stop()
                why = "; ".join(ended.errors) or "no flow was left"
                raise PipelineError(f"The continuous update ended, {ended.state}, before the condition was true: {why}")
            if time.monotonic() > deadline:
                raise PipelineError(f"The condition was not true within {seconds:g} seconds")
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> UpdateResult:
        """End it, and give its `state` and `errors`; a pipeline that could not start raises PipelineError."""
        __tracebackhide__ = True
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise PipelineError("The continuous update has no result")
        return self._result

    def _run(self) -> None:
        try:
            self._result = self.start(self._stop)
        except BaseException as error:  # noqa: BLE001 # raised again where the test asks for the result
            self._error = error
