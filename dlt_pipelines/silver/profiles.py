"""Profiles of the members: the current ones, and every version."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import profile_messages
from fitness.settings import silver

spark = SparkSession.active()


@dp.temporary_view(comment="Valid profile messages in the form of a change feed.")
def user_profile_changes() -> DataFrame:
    """One row per message."""
    return profile_messages.profile_changes(spark.readStream.table(silver("user_info_checked")))


dp.create_streaming_table(
    name=silver("user_profile"),
    comment="The current profile of each member; a deleted member has none.",
    schema=profile_messages.USER_PROFILE,
)
dp.apply_changes(
    target=silver("user_profile"),
    source="user_profile_changes",
    keys=["user_id"],
    sequence_by=sf.struct("updated_at", "offset"),
    apply_as_deletes=sf.expr("update_type = 'delete'"),
    except_column_list=["update_type", "updated_at", "offset"],
    stored_as_scd_type=1,
)

dp.create_streaming_table(
    name=silver("user_profile_history"),
    comment="Every version of each member's profile, valid in [__START_AT, __END_AT).",
    schema=profile_messages.USER_PROFILE_HISTORY,
)
dp.apply_changes(
    target=silver("user_profile_history"),
    source="user_profile_changes",
    keys=["user_id"],
    sequence_by=sf.struct("updated_at", "offset"),
    apply_as_deletes=sf.expr("update_type = 'delete'"),
    except_column_list=["update_type", "updated_at", "offset"],
    stored_as_scd_type=2,
)
