"""Members who asked to be forgotten, and what is known of those who came back.

From a delete to the next `new` a person is no member. Events of that time go to quarantine: they are in no table of
silver, so in none of gold. Events of the time before stay in silver, where they count in numbers about many people.
The person's own rows leave gold, and do not return with the person: who comes back begins anew.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from fitness.rules import INGEST_POSITION, valid

MEMBER_IS_NOT_DELETED = "member_is_not_deleted"

MEMBER_ABSENCES = """
    user_id BIGINT COMMENT 'Former member',
    left_at TIMESTAMP COMMENT 'When the profile was deleted',
    back_at TIMESTAMP COMMENT 'First instant as a member again; NULL for those who are not'"""


def member_absences(changes: DataFrame) -> DataFrame:
    """One row per member and absence. `changes` are the profile messages with `updated_at` and `offset`."""
    is_delete = sf.col("update_type") == "delete"
    in_order = Window.partitionBy("user_id").orderBy("updated_at", "offset", "is_delete")
    came_or_left = changes.where("update_type IN ('new', 'delete')").select(
        "user_id", "updated_at", "offset", is_delete.alias("is_delete")
    )
    was_gone = sf.coalesce(sf.lag("is_delete").over(in_order), sf.lit(False))
    turns = came_or_left.withColumn("was_gone", was_gone).where("is_delete <> was_gone")
    spans = turns.withColumn("back_at", sf.lead("updated_at").over(in_order))
    return spans.where("is_delete").select("user_id", sf.col("updated_at").alias("left_at"), "back_at")


def device_absences(owners: DataFrame, absences: DataFrame, *, of: str) -> DataFrame:
    """The absences as times of the devices that these people wore; `of` is device_id or mac_address."""
    owned = owners.join(sf.broadcast(absences), "user_id")
    start, end = sf.greatest("left_at", "valid_from"), sf.least("back_at", "valid_to")
    spans = owned.select(of, start.alias("left_at"), end.alias("back_at"))
    return spans.where("back_at IS NULL OR left_at < back_at")


def of_members(events: DataFrame, absences: DataFrame, *, key: str, at: Column) -> DataFrame:
    """The events that do not fall into an absence; `key` is user_id, or what `device_absences` are of."""
    return events.join(_spans(absences, key), _is_away(key, at), "left_anti")


def of_deleted_members(
    checked: DataFrame, absences: DataFrame, *, key: str, at: Column, columns: tuple[str, ...]
) -> DataFrame:
    """Valid events that do, as rows of the quarantine; what was typed stands for what was received."""
    away = valid(checked).join(_spans(absences, key), _is_away(key, at), "left_semi")
    reasons = sf.array(sf.lit(MEMBER_IS_NOT_DELETED)).alias("reasons")
    return away.select(sf.to_json(sf.struct(*columns)).alias("raw"), reasons, *INGEST_POSITION)


def without_deleted_members(rows: DataFrame, absences: DataFrame, *, at: Column) -> DataFrame:
    """The rows of members; of one who came back those since the return, by the instant `at`."""
    forgotten = (sf.col("user_id") == sf.col("absent")) & (sf.col("is_gone") | (at < sf.col("returned_at")))
    return rows.join(sf.broadcast(_former_members(absences)), forgotten, "left_anti")


def from_their_return(rows: DataFrame, absences: DataFrame, *, start: str) -> DataFrame:
    """The rows of members, such as of the devices they wear; those of one who came back start with the return."""
    is_member = sf.col("is_gone").isNull() | ~sf.col("is_gone")
    former = sf.broadcast(_former_members(absences))
    present = rows.join(former, sf.col("user_id") == sf.col("absent"), "left").where(is_member)
    return present.withColumn(start, sf.greatest(start, "returned_at")).select(*rows.columns)


def _former_members(absences: DataFrame) -> DataFrame:
    is_gone = sf.bool_or(sf.col("back_at").isNull()).alias("is_gone")
    of_each = absences.groupBy("user_id").agg(is_gone, sf.max("back_at").alias("returned_at"))
    return of_each.withColumnRenamed("user_id", "absent")


def _spans(absences: DataFrame, key: str) -> DataFrame:
    # They are few; and with none at all Spark drops the join before it reads the events.
    return sf.broadcast(absences.select(sf.col(key).alias("absent"), "left_at", "back_at"))


def _is_away(key: str, at: Column) -> Column:
    has_left = (sf.col(key) == sf.col("absent")) & (at >= sf.col("left_at"))
    return has_left & (sf.col("back_at").isNull() | (at < sf.col("back_at")))
