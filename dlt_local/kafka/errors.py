"""What can go wrong with Kafka beside its own errors."""

from __future__ import annotations

from dlt_local.errors import PipelineError


class BrokerError(PipelineError):
    """A broker does not start here, or does not make a topic."""


class ConnectorMissingError(PipelineError):
    """Java has started without Spark's Kafka connector."""
