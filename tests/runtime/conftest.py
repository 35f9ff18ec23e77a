"""The runtime's tests use its own pytest plugin."""

from dlt_local.pytest_plugin import pipeline

__all__ = ["pipeline"]
