"""The ledger against bronze and quarantine: each line has come in, and the rejected ones for their reasons."""

from __future__ import annotations

from simulator.checking.comparison import Check

_FOLDERS = ("kafka_multiplex", "registered_users", "gym_logins", "daily_activity", "gyms")
_FEEDS = (
    "bpm", "workout", "user_info", "gym_logins", "registered_users", "daily_activity", "kafka_multiplex", "gyms",
)  # fmt: skip
# They reject nothing, so the ledger does not know them; neither do those of clocks that go back or forward.
_FLAGS = (
    "some_steps", "active_and_sleep_within_24_hours", "changes_a_profile", "dob_readable", "dob_in_the_past_120_years",
    "zip_is_a_number",
)  # fmt: skip


def ledger_checks() -> list[Check]:
    """Lines per file in bronze, rows of each quarantine, and how many lines violate each rule."""
    return [*(_bronze(folder) for folder in _FOLDERS), *(_quarantine(feed) for feed in _FEEDS), _violations()]


def _violations() -> Check:
    """All days together: the truth does not know when a run takes a line in."""
    return Check(
        "gold.data_quality_daily",
        "lines that violate a rule, and those that keep it",
        """
        WITH lines AS (
          SELECT feed, count(*) AS lines FROM truth.ledger WHERE feed <> 'kafka_multiplex' GROUP BY feed
          UNION ALL
          SELECT 'kafka_multiplex', count(*) FROM truth.ledger WHERE source_file LIKE '%/kafka_multiplex/%'
        ), violated AS (
          SELECT feed, unnest(reasons) AS rule FROM truth.ledger WHERE fate = 'quarantine'
        )
        SELECT feed, rule, any_value(lines) - count(*) AS passed, count(*) AS failed, count(*) AS quarantined
        FROM violated JOIN lines USING (feed) GROUP BY feed, rule""",
        f"""
        SELECT feed, rule, sum(passed)::BIGINT AS passed, sum(failed)::BIGINT AS failed,
          sum(quarantined)::BIGINT AS quarantined
        FROM gold.data_quality_daily WHERE rule NOT IN {_FLAGS} AND NOT contains(rule, '_occurs')
        GROUP BY feed, rule HAVING sum(failed) > 0""",
    )


def _bronze(folder: str) -> Check:
    return Check(
        f"bronze.{folder}_bz",
        "lines of each file",
        f"""
        SELECT parse_filename(source_file) AS file, count(*) AS lines
        FROM truth.ledger WHERE source_file LIKE '%/{folder}/%' GROUP BY ALL""",
        f"SELECT parse_filename(source_file) AS file, count(*) AS lines FROM bronze.{folder}_bz GROUP BY ALL",
    )


def _quarantine(feed: str) -> Check:
    # What has lost its envelope has lost its place in the topic, too.
    return Check(
        f"silver.{feed}_quarantine",
        "rejected lines with their reasons",
        f"""
        SELECT
          parse_filename(source_file) AS file,
          CASE WHEN fault <> 'cut off envelope' THEN "partition" END AS "partition",
          CASE WHEN fault <> 'cut off envelope' THEN "offset" END AS "offset",
          list_sort(reasons) AS reasons
        FROM truth.ledger WHERE fate = 'quarantine' AND feed = '{feed}'""",
        f"""
        SELECT parse_filename(source_file) AS file, "partition", "offset", list_sort(reasons) AS reasons
        FROM silver.{feed}_quarantine""",
    )
