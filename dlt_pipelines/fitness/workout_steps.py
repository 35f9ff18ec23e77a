"""Starts and stops of one session in order: which workout each belongs to, and which count at all.

A session is a member's (workout_id, session_id). Devices use a session id again, pause by stop and start, press stop
twice, lose stops, and start a session while another one runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

from fitness.event_time import after

if TYPE_CHECKING:
    from fitness.settings import Settings

SESSION = ("user_id", "workout_id", "session_id")


def counted_steps(events: DataFrame, settings: Settings) -> DataFrame:
    """Starts, stops and supersessions in order, each with `started_at` of its workout.

    A start within the session limit after the session's previous start or stop continues the workout; a later one,
    and one after a supersession, begins a new workout.
    """
    steps = _steps_that_can_count(events, settings).where("step <> 'stop' OR counts")
    in_order = steps_in_order()
    limit = after(sf.lag("event_time").over(in_order), hours=settings.session_limit_hours)
    continues = (sf.lag("step").over(in_order) != "supersede") & (sf.col("event_time") <= limit)
    begins = (sf.col("step") == "start") & ~sf.coalesce(continues, sf.lit(False))
    started_at = sf.last(sf.when(sf.col("begins"), sf.col("event_time")), ignorenulls=True).over(in_order)
    return steps.withColumn("begins", begins).withColumn("started_at", started_at).drop("counts")


def orphan_stops(events: DataFrame, settings: Settings) -> DataFrame:
    """Stops that stop nothing: no start of their session within the session limit before, or superseded since."""
    return _steps_that_can_count(events, settings).where("step = 'stop' AND NOT counts").select(*SESSION, "event_time")


def _steps_that_can_count(events: DataFrame, settings: Settings) -> DataFrame:
    """The steps without supersessions of sessions that did not run; `counts` tells which stops have a start."""
    in_order = steps_in_order()
    within_limit = sf.col("event_time") <= after(
        sf.lag("event_time").over(in_order), hours=settings.session_limit_hours
    )
    ends_a_run = (sf.lag("step").over(in_order) == "start") & within_limit
    steps = (
        ordered_steps(events)
        .withColumn("ends_a_run", sf.coalesce(ends_a_run, sf.lit(False)))
        .where("step <> 'supersede' OR ends_a_run")
        .drop("ends_a_run")
    )
    start_or_supersession = sf.when(sf.col("step") != "stop", sf.struct("step", "event_time"))
    latest = steps.withColumn("latest", sf.last(start_or_supersession, ignorenulls=True).over(in_order))
    deadline = after(sf.col("latest.event_time"), hours=settings.session_limit_hours)
    counts = (sf.col("latest.step") == "start") & (sf.col("event_time") <= deadline)
    return latest.withColumn("counts", sf.coalesce(counts, sf.lit(False))).drop("latest")


def ordered_steps(events: DataFrame) -> DataFrame:
    """Starts, stops and supersessions of each session, `position` deciding their order within one instant.

    In a session that runs, a stop comes before a start of the same instant; in one that does not, after it.
    """
    at_once = _moments(events)
    starts_only, ends_only = "starts AND NOT (stops OR superseded)", "NOT starts"
    state = sf.when(sf.expr(starts_only), True).when(sf.expr(ends_only), False)
    before = Window.partitionBy(*SESSION).orderBy("event_time").rowsBetween(Window.unboundedPreceding, -1)
    runs = sf.coalesce(sf.last(state, ignorenulls=True).over(before), sf.lit(False))
    stop, start = sf.when(sf.col("stops"), "stop"), sf.when(sf.col("starts"), "start")
    supersede = sf.when(sf.col("superseded"), "supersede")
    steps = sf.when(sf.col("runs"), sf.array(stop, supersede, start)).otherwise(sf.array(start, stop, supersede))
    return (
        at_once.withColumn("runs", runs)
        .select(*SESSION, "event_time", sf.posexplode(steps).alias("position", "step"))
        .where("step IS NOT NULL")
    )


def steps_in_order() -> WindowSpec:
    """The steps of a session, one after the other."""
    return Window.partitionBy(*SESSION).orderBy("event_time", "position")


def _moments(events: DataFrame) -> DataFrame:
    own = events.select(*SESSION, "event_time", "action")
    return (
        own.union(_supersessions(events))
        .groupBy(*SESSION, "event_time")
        .agg(
            sf.bool_or(sf.col("action") == "start").alias("starts"),
            sf.bool_or(sf.col("action") == "stop").alias("stops"),
            sf.bool_or(sf.col("action") == "supersede").alias("superseded"),
        )
    )


def _supersessions(events: DataFrame) -> DataFrame:
    """The end that a start sets to the session that the member started before it, if that is another one."""
    of_member = Window.partitionBy("user_id").orderBy("event_time", "workout_id", "session_id")
    starts = events.where("action = 'start'").select(
        "user_id",
        "event_time",
        sf.struct("workout_id", "session_id").alias("session"),
        sf.lag(sf.struct("workout_id", "session_id")).over(of_member).alias("other"),
    )
    return starts.where("other <> session").select(
        "user_id", "other.workout_id", "other.session_id", "event_time", sf.lit("supersede").alias("action")
    )
