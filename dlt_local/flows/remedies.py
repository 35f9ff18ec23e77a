"""What to do about failures that Spark and Delta explain without saying so."""

from __future__ import annotations

import re

_CHECKPOINT = (
    "Its checkpoint does not fit: run with --full-refresh {table} to compute the table anew,"
    " or with --reset-checkpoint {flow} to keep its rows and read the sources again."
)
_REMEDIES = (
    (re.compile(r"DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE"), "A source was created anew. " + _CHECKPOINT),
    (
        re.compile(r"DELTA_SOURCE_(TABLE_)?IGNORE_(CHANGES|DELETE)"),
        'Read it with .option("skipChangeCommits", "true"), or in a materialized view.',
    ),
    (
        re.compile(
            r"[Ff]ailed to read log file|MISSING_METADATA_FILE|MISSING_STATE_DIRECTORY|CANNOT_LOAD_STATE_STORE"
            r"|STATE_STORE_|[Ss]tateful operator name|concurrently|CHECKPOINT|[Cc]heckpoint|batch \\d+ doesn't exist"
            r"|STREAMING_STATEFUL|offset log|commit log|DELTA_STREAMING_CANNOT_CONTINUE|incompatible with the existing"
        ),
        _CHECKPOINT,
    ),
    (
        re.compile(r"[Tt]opic \S+ (with partition count \d+ is )?not present in metadata"),
        "Make the topic, or the partition, before the flow writes to it.",
    ),
    (
        re.compile(r"DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        "Drop or repair such rows with an expectation, or let the column be NULL.",
    ),
)


def remedy_for(cause: str, table: str, flow: str) -> str | None:
    """What helps against a failure of a flow, None if nothing is known."""
    for pattern, remedy in _REMEDIES:
        if pattern.search(cause):
            return remedy.format(table=table, flow=flow)
    return None
