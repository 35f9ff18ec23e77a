"""The client of a workspace, signed in as the environment or a profile says."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors.base import DatabricksError

from workspace_ops.errors import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long the SDK itself tries one request again, without a word.
RETRY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Connection:
    """What the command line says about the workspace; the SDK finds the rest in the environment."""

    profile: str | None = None
    host: str | None = None

    @contextmanager
    def open(self) -> Iterator[WorkspaceClient]:
        """The client; errors of the SDK within are raised as WorkspaceError."""
        # It warns of what it then raises.
        logging.getLogger("databricks.sdk").setLevel(logging.ERROR)
        host = self.host
        try:
            client = self._client()
            host = client.config.host
            yield client
        except (DatabricksError, requests.RequestException, TimeoutError, ValueError) as error:
            raise explained(error, host) from error

    def _client(self) -> WorkspaceClient:
        settings: dict[str, Any] = {"retry_timeout_seconds": RETRY_SECONDS, "product": "fitness-ops"}
        settings |= {name: value for name, value in (("profile", self.profile), ("host", self.host)) if value}
        return WorkspaceClient(config=Config(**settings))
