"""What can be missing on this machine."""

from __future__ import annotations

from dlt_local.errors import PipelineError


class SessionError(PipelineError):
    """Spark cannot start here; the message says what to install or to change."""


class JavaUnfitError(SessionError):
    """No Java that Spark runs on was found, and none could be fetched."""


class JarsUnavailableError(SessionError):
    """Jars are not in the cache and could not be fetched."""


class EnvironmentClashError(SessionError):
    """The Python environment holds packages that overwrite each other."""
