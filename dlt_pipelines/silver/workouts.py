"""Workouts: their events, their active intervals, and what became of them."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import workout_intervals as intervals
from fitness import workout_messages as messages
from fitness import workout_steps as steps
from fitness import workouts as states
from fitness.member_events import workout_messages_of_members
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("workout_events"),
    comment="Starts and stops of workout sessions, each once.",
    schema=messages.EVENTS,
)
def workout_events() -> DataFrame:
    """One row per distinct event (user_id, workout_id, session_id, event_time, action)."""
    return messages.workout_events(
        workout_messages_of_members(
            spark.read.table(silver("workout_checked")), spark.read.table(silver("member_absences"))
        )
    )


@dp.materialized_view(
    name=silver("workout_steps"),
    comment="Starts, stops and supersessions of sessions, each with the workout and active interval it belongs to.",
    schema=steps.WORKOUT_STEPS,
    private=True,
)
def workout_steps() -> DataFrame:
    """One row per step."""
    return steps.workout_steps(spark.read.table(silver("workout_events")), settings())


@dp.materialized_view(
    name=silver("workout_intervals"),
    comment="The stretches of a workout in which its timer ran, [interval_start, interval_end).",
    schema=intervals.WORKOUT_INTERVALS,
)
def workout_intervals() -> DataFrame:
    """One row per active interval (user_id, workout_id, session_id, interval_start)."""
    return intervals.workout_intervals(
        spark.read.table(silver("workout_steps")),
        spark.read.table(silver("data_clock")),
        spark.read.table(silver("heart_rate")),
        spark.read.table(silver("user_devices")),
        settings(),
    )


@dp.materialized_view(
    name=silver("workouts"),
    comment="Workouts of all states, and stops without a start.",
    schema=states.WORKOUTS,
)
def workouts() -> DataFrame:
    """One row per workout (user_id, workout_id, session_id, started_at), and one per orphan stop."""
    return states.workouts(spark.read.table(silver("workout_intervals")), spark.read.table(silver("workout_steps")))


@dp.materialized_view(
    name=silver("completed_workouts"),
    comment="Workouts that were stopped after some active time.",
    schema=states.WORKOUTS,
)
def completed_workouts() -> DataFrame:
    """One row per completed workout (user_id, workout_id, session_id, started_at)."""
    return states.completed_workouts(spark.read.table(silver("workouts")))
