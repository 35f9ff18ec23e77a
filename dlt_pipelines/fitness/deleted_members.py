"""Members who asked to be forgotten."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf


def without_deleted_members(rows: DataFrame, profile_history: DataFrame) -> DataFrame:
    """The rows of members whose profile is not deleted; a member who never had a profile is not deleted."""
    is_over = sf.bool_and(sf.col("__END_AT").isNotNull()).alias("is_over")
    deleted = profile_history.groupBy("user_id").agg(is_over).where("is_over")
    return rows.join(deleted, "user_id", "left_anti")
