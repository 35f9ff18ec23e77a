"""The pipeline's configuration: every `fitness.*` key, its default, and the names that follow from it."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Settings:
    """One attribute per key `fitness.<attribute>` of the pipeline's configuration."""

    landing_path: str
    bronze_schema: str = "bronze"
    silver_schema: str = "silver"
    gold_schema: str = "gold"
    time_zone: str = "UTC"
    """Local days, such as the date of a visit, are days of this zone."""
    session_limit_hours: int = 3
    """A started workout without any further event is abandoned after this."""
    max_visit_minutes: int = 180
    """A visit without logout counts as on-site for this long."""
    same_visit_minutes: int = 10
    """A second login at the same gym within this, with no logout between, is the same visit."""
    longest_visit_hours: int = 16
    """A logout later than this after the login is not believed."""
    gap_limit_s: int = 60
    """A reading stands for at most this long."""
    assumed_visit_minutes: int = 69
    """Length of a visit without believable logout, where the gym's visits of the last 28 days do not tell."""
    amber_percent: int = 80
    """From this share of its capacity on a gym is filling up."""
    red_percent: int = 90
    """From this share of its capacity on a gym is full."""
    risk_days: int = 14
    """A member away for longer than this, and than three times the usual gap, may be about to leave."""
    churned_days: int = 60
    """A member without visit or workout for this long has left."""
    smallest_group: int = 5
    """Numbers about fewer people than this are not shown."""


def settings() -> Settings:
    """The configuration of the running pipeline."""
    return Settings(**{field.name: _configured(field) for field in fields(Settings)})


def bronze(table: str) -> str:
    """`<schema>.<table>` of a bronze table."""
    return f"{settings().bronze_schema}.{table}"


def silver(table: str) -> str:
    """`<schema>.<table>` of a silver table."""
    return f"{settings().silver_schema}.{table}"


def gold(table: str) -> str:
    """`<schema>.<table>` of a gold table."""
    return f"{settings().gold_schema}.{table}"


def landing(feed: str) -> str:
    """The folder in which the files of a feed arrive."""
    return f"{settings().landing_path.rstrip('/')}/{feed}"


def _configured(field: Field[Any]) -> Any:
    key = f"fitness.{field.name}"
    text = SparkSession.active().conf.get(key, None)
    if text is not None:
        return _whole_number(key, text) if isinstance(field.default, int) else text
    if field.default is MISSING:
        raise ValueError(f"{key} is not set; add it to the pipeline's configuration")
    return field.default


def _whole_number(key: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{key} is {text!r}; give a whole number in the pipeline's configuration") from None
