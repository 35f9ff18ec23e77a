"""How long a streaming query goes on, and what makes it look for new rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from threading import Event

    from pyspark.sql.streaming.listener import StreamingQueryProgress
    from pyspark.sql.streaming.query import StreamingQuery
    from pyspark.sql.streaming.readwriter import DataStreamWriter

    from dlt_local.api.definitions import QueryFlow

TRIGGER = "pipelines.trigger"
INTERVAL = "pipelines.trigger.interval"
REAL_TIME = "RealTime"
# As on Databricks; in real-time mode it is the time between two checkpoints.
_INTERVAL_SECONDS = {True: 300.0, False: 5.0}
_LOOK_SECONDS = 1
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}
_DURATION = re.compile(
    r"\s*(?:interval\s+)?(\d+)\s*(?:(ms|s|min|h)|(millisecond|second|minute|hour)s?)\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Until everything that is there now has been seen; or, with `stop`, until it is set.

    `interval_s` is the time from one micro-batch to the next, or between two checkpoints in real-time mode.
    """

    stop: Event | None = None
    interval_s: float = 0.0
    is_real_time: bool = False

    def applied_to(self, writer: DataStreamWriter) -> DataStreamWriter:
        """The writer with the trigger."""
        if self.stop is None:
            return writer.trigger(availableNow=True)
        interval = f"{round(self.interval_s * 1000)} milliseconds"
        if self.is_real_time:
            # PySpark's stub does not know it.
            return writer.outputMode("update").trigger(realTime=interval)  # type: ignore[call-overload, no-any-return]
        return writer.trigger(processingTime=interval)

    def batches(self, query: StreamingQuery) -> Iterator[list[StreamingQueryProgress]]:
        """Progress of the micro-batches that had rows, as they end; ends with the query, and ends the query."""
        last = -1
        try:
            while True:
                is_over = self._waited(query)
                ended = [progress for progress in query.recentProgress if progress.batchId > last]
                last = max((progress.batchId for progress in ended), default=last)
                found = [progress for progress in ended if progress.numInputRows > 0]
                if found:
                    yield found
                if is_over:
                    return
        finally:
            query.stop()

    def _waited(self, query: StreamingQuery) -> bool:
        """Whether the query has ended; raises what ended it."""
        if self.stop is None:
            query.awaitTermination()
            return True
        if self.stop.is_set():
            query.stop()
            return True
        return bool(query.awaitTermination(_LOOK_SECONDS))


UNTIL_CAUGHT_UP = Pace()


def continuous_pace(flow: QueryFlow, configuration: Mapping[str, str], stop: Event) -> Pace:
    """The pace of a flow in a continuous run, by its own `pipelines.trigger*` keys, else by those of the pipeline."""
    settings = {**configuration, **flow.spark_conf}
    is_real_time = is_real_time_trigger(settings) and flow.is_update
    text = settings.get(INTERVAL)
    interval = _INTERVAL_SECONDS[is_real_time] if text is None else duration_seconds(INTERVAL, text)
    return Pace(stop, interval, is_real_time)


def is_real_time_trigger(settings: Mapping[str, str]) -> bool:
    """Whether the settings ask for real-time mode; PipelineError for any other trigger."""
    trigger = settings.get(TRIGGER)
    if trigger is not None and trigger.lower() != REAL_TIME.lower():
        message = f"'{TRIGGER}' is '{trigger}'; the only trigger it knows is {REAL_TIME}"
        raise PipelineError(message, remedy=f"Leave it out for micro-batches, each {INTERVAL}.")
    return trigger is not None


def duration_seconds(key: str, text: str) -> float:
    """Seconds of a duration such as `5 seconds`, `1 minute` or `200 ms`; PipelineError if it is none."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise PipelineError(f"'{key}' is '{text}', which is no duration", remedy='Write it like "5 seconds".')
    return int(found[1]) * _SECONDS[(found[2] or found[3]).lower()]
