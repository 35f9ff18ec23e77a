"""`dbutils.secrets`: values from environment variables, or from a YAML file that lies outside the project."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dlt_local.errors import DefinitionError
from dlt_local.redaction import hide
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from dlt_local.project.spec import PipelineSpec

FILE = "DLT_LOCAL_SECRETS"
VARIABLE = "DLT_LOCAL_SECRET_"


class Secrets:
    """Secrets by scope and key; whatever is handed out is hidden from events and errors."""

    def __init__(self, spec: PipelineSpec) -> None:
        self._project = spec.defined_in.parent

    def get(self, scope: str, key: str) -> str:
        """The secret's text."""
        value = os.environ.get(variable_name(scope, key))
        if value is None:
            value = self._scope(scope).get(key)
        if value is None:
            message = f"There is no secret '{key}' in scope '{scope}'"
            remedy = f"Set {variable_name(scope, key)}, or name a YAML file of scopes and keys by {FILE}."
            raise DefinitionError(message, where=caller_location(), remedy=remedy)
        hide(value)
        return value

    def getBytes(self, scope: str, key: str) -> bytes:  # noqa: N802 # Databricks' name
        """The secret as UTF-8."""
        return self.get(scope, key).encode()

    def listScopes(self) -> list[str]:  # noqa: N802 # Databricks' name
        """Scopes in the file."""
        return sorted(self._file())

    def _scope(self, scope: str) -> dict[str, str]:
        found = self._file().get(scope, {})
        return {str(key): str(value) for key, value in found.items()}

    def _file(self) -> dict[str, Any]:
        name = os.environ.get(FILE)
        if not name:
            return {}
        path = Path(name).resolve()
        if path.is_relative_to(self._project.resolve()):
            message = f"The secrets file {path} lies inside the project"
            raise DefinitionError(message, remedy="Move it out of the repository, so that it is never committed.")
        try:
            scopes = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            # The text of a YAML error shows a line of the file.
            message = f"The secrets file {path} cannot be read: {type(error).__name__}"
            raise DefinitionError(message, remedy=f"{FILE} names a YAML file of scopes and keys.") from None
        if not isinstance(scopes, dict) or not all(isinstance(keys, dict) for keys in scopes.values()):
            raise DefinitionError(f"The secrets file {path} must hold scopes, each with keys and values")
        return scopes

    def list(self, scope: str) -> list[str]:
        """Keys of a scope in the file; those in environment variables cannot be told apart from others."""
        return sorted(self._scope(scope))


def variable_name(scope: str, key: str) -> str:
    """The environment variable of a secret: `DLT_LOCAL_SECRET_<SCOPE>_<KEY>`, other characters as underscores."""
    return VARIABLE + re.sub(r"\W", "_", f"{scope}_{key}").upper()
