"""A text that changes whenever a query does, so that an unchanged materialized view need not be recomputed."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from dlt_local.graph.placeholder import PLACEHOLDER_SOURCE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_EXPRESSION_ID = re.compile(r"#(\d+)")
_FILE_SOURCE = re.compile(r"FileSource\[(.*)\]")
_UNKNOWN_INPUT = re.compile(r"\bRelation \[|\bLogicalRDD\b|PythonUDF|pythonUDF|\bJDBCRelation")
_NON_DETERMINISTIC = re.compile(
    r"\b(current_date|current_timestamp|localtimestamp|now|curdate|unix_timestamp"
    r"|rand|randn|random|uuid|shuffle|monotonically_increasing_id)\(\)?"
)


def external_sources(frame: DataFrame) -> tuple[str, ...]:
    """What a streaming query reads beside data sets of the pipeline: `files:<path>`, or another source's name."""
    if not frame.isStreaming:
        return ()
    leaves = frame._jdf.queryExecution().analyzed().collectLeaves()
    nodes = [leaves.apply(number) for number in range(leaves.length())]
    names = [str(node.sourceName()) for node in nodes if node.isStreaming()]
    files = {name: _FILE_SOURCE.fullmatch(name) for name in names if name != PLACEHOLDER_SOURCE}
    return tuple(f"files:{found[1]}" if found else f"source:{name}" for name, found in files.items())


def definition_of(frame: DataFrame) -> str:
    """Digest of the analysed plan and schema, independent of expression ids; empty if the query can change by itself.

    A query over files, Python rows or functions, the clock or random numbers may give other rows from equal inputs.
    """
    plan = frame._jdf.queryExecution().analyzed().toString()  # no public accessor
    if _UNKNOWN_INPUT.search(plan) or _NON_DETERMINISTIC.search(plan):
        return ""
    numbers: dict[str, int] = {}
    text = _EXPRESSION_ID.sub(lambda match: f"#{numbers.setdefault(match.group(1), len(numbers))}", plan)
    return hashlib.sha256(f"{text}\n{frame.schema.json()}".encode()).hexdigest()
