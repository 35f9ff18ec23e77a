"""Starts and stops of one session in order: which workout each belongs to, and which count at all.

A session is a member's (workout_id, session_id). Devices use a session id again, pause by stop and start, press stop
twice, lose stops, and start a session while another one runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

from fitness.event_time import after

if TYPE_CHECKING:
    from fitness.settings import Settings

SESSION = ("user_id", "workout_id", "session_id")

WORKOUT_STEPS = """
    user_id BIGINT COMMENT 'Member',
    workout_id BIGINT COMMENT 'Kind of workout as the device counts it',
    session_id BIGINT COMMENT 'Session as the device counts it',
    event_time TIMESTAMP COMMENT 'When it happened',
    step STRING COMMENT 'start, stop, or supersede: the member started another session',
    started_at TIMESTAMP COMMENT 'Start of the workout it belongs to; NULL for a stop that stops nothing',
    interval_start TIMESTAMP COMMENT 'Start of the active interval it belongs to'"""


def workout_steps(events: DataFrame, settings: Settings) -> DataFrame:
    """One row per start, stop and supersession, with its workout and active interval."""
    steps = events.select(*SESSION, "event_time", sf.col("action").alias("step")).union(_supersessions(events))
    judged = with_what_counts(without_idle_supersessions(steps, settings), settings)
    counted = with_workout(judged.where("counts"), settings)
    orphans = judged.where("NOT counts").withColumns({"started_at": _no_time(), "interval_start": _no_time()})
    columns = (*SESSION, "event_time", "step", "started_at", "interval_start")
    return counted.select(*columns).union(orphans.select(*columns))


def without_idle_supersessions(steps: DataFrame, settings: Settings) -> DataFrame:
    """The steps without supersessions of sessions that did not run at that time."""
    in_order = _in_order()
    runs = (sf.lag("step").over(in_order) == "start") & _within_limit(sf.lag("event_time").over(in_order), settings)
    idle = (sf.col("step") == "supersede") & ~sf.coalesce(runs, sf.lit(False))
    return steps.withColumn("idle", idle).where("NOT idle").drop("idle")


def with_what_counts(steps: DataFrame, settings: Settings) -> DataFrame:
    """`counts`: a stop needs a start within the session limit before it, with no supersession since."""
    start_or_supersession = sf.when(sf.col("step") != "stop", sf.struct("step", "event_time"))
    latest = sf.last(start_or_supersession, ignorenulls=True).over(_in_order())
    has_start = (sf.col("latest.step") == "start") & _within_limit(sf.col("latest.event_time"), settings)
    counts = (sf.col("step") != "stop") | sf.coalesce(has_start, sf.lit(False))
    return steps.withColumn("latest", latest).withColumn("counts", counts).drop("latest")


def with_workout(steps: DataFrame, settings: Settings) -> DataFrame:
    """`started_at` and `interval_start` of each step.

    A start within the session limit after the session's previous start or stop continues the workout; a later one,
    and one after a supersession, begins a new workout. A start after a start continues the active interval.
    """
    in_order = _in_order()
    previous, is_start = sf.lag("step").over(in_order), sf.col("step") == "start"
    in_time = _within_limit(sf.lag("event_time").over(in_order), settings)
    begins = is_start & ~sf.coalesce((previous != "supersede") & in_time, sf.lit(False))
    opens = begins | (is_start & (previous != "start"))
    marked = steps.withColumns({"begins": begins, "opens": opens})
    return marked.withColumns({"started_at": _latest_time("begins"), "interval_start": _latest_time("opens")})


def _supersessions(events: DataFrame) -> DataFrame:
    """The end that a start sets to the session that the member started before it, if that is another one."""
    of_member = Window.partitionBy("user_id").orderBy("event_time", "workout_id", "session_id")
    session = sf.struct("workout_id", "session_id")
    starts = events.where("action = 'start'").select(
        "user_id", "event_time", session.alias("session"), sf.lag(session).over(of_member).alias("other")
    )
    return starts.where("other <> session").select(
        "user_id", "other.workout_id", "other.session_id", "event_time", sf.lit("supersede").alias("step")
    )


def _in_order() -> WindowSpec:
    # Of one instant a stop comes first: it can only belong to what ran before.
    place = sf.when(sf.col("step") == "stop", 0).when(sf.col("step") == "start", 1).otherwise(2)
    return Window.partitionBy(*SESSION).orderBy("event_time", place)


def _within_limit(earlier: Column, settings: Settings) -> Column:
    return sf.col("event_time") <= after(earlier, hours=settings.session_limit_hours)


def _latest_time(mark: str) -> Column:
    return sf.last(sf.when(sf.col(mark), sf.col("event_time")), ignorenulls=True).over(_in_order())


def _no_time() -> Column:
    return sf.lit(None).cast("timestamp")
