"""A Spark session with Delta on this machine: finds Java, fetches jars once, sets what small data needs."""

from __future__ import annotations

from dlt_local.session.spark import spark_session

__all__ = ["spark_session"]
