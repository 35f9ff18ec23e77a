"""What a workspace refuses, in one line with what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError

from dlt_local.errors import PipelineError
from dlt_local.quality.personal import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

LOST = (TimeoutError, requests.ConnectionError, requests.Timeout)
_NO_WORKSPACE = "unable to parse response"
_SIGN_IN = (
    "Name a profile by --profile, or set DATABRICKS_HOST and DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and "
    "DATABRICKS_CLIENT_SECRET; `databricks auth login` makes a profile."
)


class WorkspaceError(PipelineError):
    """Something that the workspace does not have, does not allow or does not answer."""


@contextmanager
def permission_to(do: str, *, needs: str) -> Iterator[None]:
    """A refusal says what was refused and which permission is missing."""
    try:
        yield
    except PermissionDenied as error:
        what = f"You may not {do} ({_without_settings(error)})"
        raise WorkspaceError(what, remedy=f"It takes {needs}: ask whoever manages it.") from error


def explained(error: Exception, host: str | None) -> WorkspaceError:
    """The one line for an error of the SDK."""
    place = host or "The workspace"
    if _is_no_workspace(error):
        return WorkspaceError(f"{place} answers, but is no Databricks workspace", remedy="Check the host.")
    if isinstance(error, DatabricksError):
        return _refused(error, place)
    if isinstance(error, LOST):
        return WorkspaceError(f"{place} does not answer", remedy="Check the host, the network and the proxy.")
    reason = _without_settings(error).partition(", please check")[0]
    return WorkspaceError(f"Cannot sign in: {reason}", remedy=_SIGN_IN)


def _refused(error: DatabricksError, place: str) -> WorkspaceError:
    said = _without_settings(error)
    if isinstance(error, Unauthenticated):
        remedy = "Renew the token, or sign in again by `databricks auth login`."
        return WorkspaceError(f"{place} does not accept the credentials ({said})", remedy=remedy)
    if isinstance(error, PermissionDenied):
        return WorkspaceError(f"{place} does not permit this ({said})", remedy="Ask whoever manages it.")
    if isinstance(error, NotFound):
        return WorkspaceError(f"{place} does not have it ({said})")
    return WorkspaceError(f"{place} refuses: {said}")


def _without_settings(error: Exception) -> str:
    """The SDK adds all its settings to some messages."""
    return one_line(str(error)).partition(" Config: ")[0].rstrip(".")


def _is_no_workspace(error: Exception) -> bool:
    return isinstance(error, requests.exceptions.JSONDecodeError) or _NO_WORKSPACE in str(error)
