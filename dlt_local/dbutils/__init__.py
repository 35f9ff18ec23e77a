"""A local `dbutils`: secrets from the environment or a file, widgets from the configuration, files in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from dlt_local.dbutils.files import FileSystem
from dlt_local.dbutils.secrets import Secrets
from dlt_local.dbutils.widgets import Widgets
from dlt_local.errors import UnsupportedError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder


class DBUtils:
    """What pipeline files find under the global name `dbutils`."""

    def __init__(self, spec: PipelineSpec, state: StateFolder | None) -> None:
        self.secrets = Secrets(spec)
        self.widgets = Widgets(spec.configuration)
        self.fs = FileSystem(state, spec.configuration)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        message = f"'dbutils.{name}' is not supported by dlt_local"
        raise UnsupportedError(message, where=caller_location(), remedy="There are fs, secrets and widgets.")
