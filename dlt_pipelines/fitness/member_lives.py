"""Members leave and come back: what an update means depends on whether the member was one at that time.

An update is about nobody if the latest `new` or `delete` before it is a delete. Whether it is may change when a delete
or a `new` arrives late, so it is derived from all messages, never from those that came so far.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from fitness.deleted_members import MEMBER_IS_NOT_DELETED
from fitness.profile_messages import PROFILE, sequence
from fitness.rules import INGEST_POSITION, valid


def lived_versions(versions: DataFrame, changes: DataFrame) -> DataFrame:
    """The versions of a profile without the time between a delete and the next `new`.

    `versions` are those that all changes make, updates of deleted members included; a delete ends each of them.
    """
    start, end = sf.col("__START_AT"), sf.col("__END_AT")
    left = sf.array_max(sf.filter("deletes", lambda delete: delete <= start))
    back = sf.array_min(sf.filter("news", lambda new: new > sf.col("left")))
    marked = versions.join(_leavings(changes), "user_id", "left").withColumn("left", left).withColumn("back", back)
    lived = marked.where(
        sf.col("left").isNull() | (sf.col("back").isNotNull() & (end.isNull() | (sf.col("back") < end)))
    )
    since = sf.when(sf.col("left").isNull(), start).otherwise(sf.greatest("back", "__START_AT"))
    return lived.withColumn("__START_AT", since).select(*versions.columns)


def profiles_of_members(profiles: DataFrame, changes: DataFrame) -> DataFrame:
    """The profiles of those who have not left, or are back."""
    is_delete = sf.col("update_type") == "delete"
    latest = sf.max(sf.struct(_sequence(), is_delete.alias("is_delete"))).alias("latest")
    gone = changes.where("update_type <> 'update'").groupBy("user_id").agg(latest).where("latest.is_delete")
    return profiles.join(gone, "user_id", "left_anti")


def updates_of_nobody(checked: DataFrame) -> DataFrame:
    """Valid updates that follow a delete, as rows of the quarantine; what was typed stands for what was received."""
    update_type = sf.col("update_type")
    # Of one instant and offset a delete is the last word on membership, and an update comes after it.
    place = sf.when(update_type == "new", 0).when(update_type == "delete", 1).otherwise(2)
    in_order = Window.partitionBy("user_id").orderBy("event_time", sequence(), place)
    membership = sf.last(sf.when(update_type != "update", update_type), ignorenulls=True).over(in_order)
    typed = sf.to_json(sf.struct("user_id", "update_type", "event_time", *PROFILE))
    rejected = valid(checked).withColumn("membership", membership)
    return rejected.where("update_type = 'update' AND membership = 'delete'").select(
        typed.alias("raw"), sf.array(sf.lit(MEMBER_IS_NOT_DELETED)).alias("reasons"), *INGEST_POSITION
    )


def _leavings(changes: DataFrame) -> DataFrame:
    def sequences(update_type: str) -> Column:
        return sf.collect_set(sf.when(sf.col("update_type") == update_type, _sequence()))

    return changes.groupBy("user_id").agg(sequences("delete").alias("deletes"), sequences("new").alias("news"))


def _sequence() -> Column:
    return sf.struct("updated_at", "offset")
