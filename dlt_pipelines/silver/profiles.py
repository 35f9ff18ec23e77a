"""Profiles of the members: the current ones, and every version."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import deleted_members, member_lives, profile_messages
from fitness.settings import silver

spark = SparkSession.active()


@dp.temporary_view(comment="Valid profile messages in the form of a change feed.")
def user_profile_changes() -> DataFrame:
    """One row per message."""
    return profile_messages.profile_changes(spark.readStream.table(silver("user_info_checked")))


dp.create_streaming_table(
    name=silver("user_profile_latest"),
    comment="The profile that all changes make, also those that came for a deleted member.",
    schema=profile_messages.USER_PROFILE,
)
dp.apply_changes(
    target=silver("user_profile_latest"),
    source="user_profile_changes",
    keys=["user_id"],
    sequence_by=sf.struct("updated_at", "offset"),
    apply_as_deletes=sf.expr("update_type = 'delete'"),
    except_column_list=["update_type", "updated_at", "offset"],
    stored_as_scd_type=1,
)

dp.create_streaming_table(
    name=silver("user_profile_versions"),
    comment="Every version that all changes make, also those that came for a deleted member.",
    schema=profile_messages.USER_PROFILE_HISTORY,
)
dp.apply_changes(
    target=silver("user_profile_versions"),
    source="user_profile_changes",
    keys=["user_id"],
    sequence_by=sf.struct("updated_at", "offset"),
    apply_as_deletes=sf.expr("update_type = 'delete'"),
    except_column_list=["update_type", "updated_at", "offset"],
    stored_as_scd_type=2,
)


@dp.materialized_view(
    name=silver("user_profile"),
    comment="The current profile of each member; a deleted member has none.",
    schema=profile_messages.USER_PROFILE,
)
def user_profile() -> DataFrame:
    """One row per member (user_id)."""
    changes = profile_messages.profile_changes(spark.read.table(silver("user_info_checked")))
    return member_lives.profiles_of_members(spark.read.table(silver("user_profile_latest")), changes)


@dp.materialized_view(
    name=silver("user_profile_history"),
    comment="Every version of each member's profile, valid in [__START_AT, __END_AT).",
    schema=profile_messages.USER_PROFILE_HISTORY,
)
def user_profile_history() -> DataFrame:
    """One row per member and version (user_id, __START_AT)."""
    changes = profile_messages.profile_changes(spark.read.table(silver("user_info_checked")))
    return member_lives.lived_versions(spark.read.table(silver("user_profile_versions")), changes)


@dp.materialized_view(
    name=silver("member_absences"),
    comment="From when to when a former member was none, [left_at, back_at).",
    schema=deleted_members.MEMBER_ABSENCES,
    private=True,
)
def member_absences() -> DataFrame:
    """One row per member and absence (user_id, left_at)."""
    changes = profile_messages.profile_changes(spark.read.table(silver("user_info_checked")))
    return deleted_members.member_absences(changes)
