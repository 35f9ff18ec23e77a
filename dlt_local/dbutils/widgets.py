"""`dbutils.widgets`: values from the pipeline's configuration, else the defaults that the code declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError, nearest
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Widgets:
    """Named text parameters."""

    def __init__(self, configuration: Mapping[str, str]) -> None:
        self._configuration = configuration
        self._defaults: dict[str, str] = {}

    def get(self, name: str) -> str:
        """The configured value, else the default."""
        values = self.getAll()
        if name not in values:
            message = f"There is no widget '{name}'"
            raise DefinitionError(message, where=caller_location(), remedy=nearest(name, values))
        return values[name]

    def getArgument(self, name: str, default: str = "") -> str:  # noqa: N802 # Databricks' name
        """The configured value, else the declared default, else the given one."""
        return self.getAll().get(name, default)

    def getAll(self) -> dict[str, str]:  # noqa: N802 # Databricks' name
        """All values by name."""
        return {**self._defaults, **self._configuration}

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:  # noqa: ARG002, N803 # Databricks' signature
        """Declare a free text."""
        self._defaults[name] = str(defaultValue)

    def dropdown(self, name: str, defaultValue: str, choices: Sequence[str], label: str | None = None) -> None:  # noqa: ARG002, N803 # Databricks' signature
        """Declare one of several values."""
        self._declare_choice(name, defaultValue, choices)

    def multiselect(self, name: str, defaultValue: str, choices: Sequence[str], label: str | None = None) -> None:  # noqa: ARG002, N803 # Databricks' signature
        """Declare some of several values."""
        self._declare_choice(name, defaultValue, choices)

    def combobox(self, name: str, defaultValue: str, choices: Sequence[str], label: str | None = None) -> None:  # noqa: ARG002, N803 # Databricks' signature
        """Declare a text with suggestions."""
        self._defaults[name] = str(defaultValue)

    def remove(self, name: str) -> None:
        """Forget a declared default."""
        self._defaults.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802 # Databricks' name
        """Forget all declared defaults."""
        self._defaults.clear()

    def _declare_choice(self, name: str, default: str, choices: Sequence[str]) -> None:
        if default not in choices:
            message = f"The default '{default}' of widget '{name}' is not one of its choices"
            raise DefinitionError(message, where=caller_location())
        self._defaults[name] = str(default)
