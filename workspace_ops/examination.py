"""Looks whether a workspace has what a pipeline needs, and says what to do where it has not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError

from dlt_local.errors import nearest
from dlt_local.quality.personal import one_line
from workspace_ops.errors import WorkspaceError, permission_to
from workspace_ops.pipelines import find_pipeline
from workspace_ops.secret_scope import SecretScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.pipelines import PipelineSpec

_DEPLOY = "Deploy the bundle: `databricks bundle deploy`."
# The pipeline's configuration names its broker's and its database's secrets by these keys.
_SECRETS = {
    "fitness.kafka_secret_scope": ("fitness.kafka_password_key", "fitness.kafka_truststore_password_key"),
    "fitness.sql_password_scope": ("fitness.sql_password_key",),
}
_SCHEMAS = ("fitness.bronze_schema", "fitness.silver_schema", "fitness.gold_schema")
_LANDING = "fitness.landing_path"
_VOLUME_PARTS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is what to do if it is not in order."""

    what: str
    is_good: bool
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """A workspace, the pipeline that is to run on it, and perhaps a warehouse by name or id."""

    client: WorkspaceClient
    pipeline: str
    warehouse: str | None

    def findings(self) -> Iterator[Finding]:
        """One after the other; raises WorkspaceError if the workspace cannot be asked at all."""
        self.client.current_user.me()
        yield Finding(f"signed in to {self.client.config.host} ({self.client.config.auth_type})", is_good=True)
        yield self._warehouse()
        try:
            found = find_pipeline(self.client, self.pipeline)
            with permission_to(f"see how '{found.name}' is made", needs="CAN_VIEW on the pipeline"):
                spec = self.client.pipelines.get(found.pipeline_id).spec
        except WorkspaceError as error:
            yield Finding(f"pipeline {self.pipeline}", is_good=False, remedy=str(error))
            return
        yield Finding(f"pipeline {found.name}", is_good=spec is not None, remedy=_DEPLOY)
        if spec is not None:
            yield from self._catalog_objects(spec)
            yield from self._secrets(spec.configuration or {})

    def _warehouse(self) -> Finding:
        wanted = self.warehouse
        try:
            listed = {str(one.name): str(one.id) for one in self.client.warehouses.list()}
        except PermissionDenied:
            remedy = "You may not see warehouses: ask for the right to use Databricks SQL."
            return Finding(f"SQL warehouse {wanted or ''}".rstrip(), is_good=False, remedy=remedy)
        if wanted is None:
            remedy = "Make one, or ask for CAN_USE on one: dashboards, alerts and quality tables need it."
            return Finding("a SQL warehouse", is_good=bool(listed), remedy=remedy)
        is_there = wanted in listed or wanted in listed.values()
        remedy = nearest(wanted, listed) or f"There are {', '.join(sorted(listed)) or 'none that you may use'}."
        return Finding(f"SQL warehouse {wanted}", is_good=is_there, remedy=remedy)

    def _catalog_objects(self, spec: PipelineSpec) -> Iterator[Finding]:
        settings = spec.configuration or {}
        catalog = spec.catalog or ""
        remedy = "An administrator makes catalogs."
        yield _look(f"catalog {catalog}", partial(self.client.catalogs.get, catalog), "USE CATALOG", remedy)
        names = [spec.schema, *(settings.get(key) for key in _SCHEMAS)]
        full = [f"{catalog}.{name}" for name in names if name]
        if spec.event_log and spec.event_log.schema:
            full.append(f"{spec.event_log.catalog or catalog}.{spec.event_log.schema}")
        for name in dict.fromkeys(full):
            yield _look(f"schema {name}", partial(self.client.schemas.get, name), "USE SCHEMA", _DEPLOY)
        if _LANDING in settings:
            yield self._landing(settings[_LANDING])

    def _landing(self, path: str) -> Finding:
        parts = path.strip("/").split("/")
        if parts[0] != "Volumes" or len(parts) <= _VOLUME_PARTS:
            return Finding(f"landing volume {path}", is_good=False, remedy=f"{_LANDING} is no path below /Volumes.")
        name = ".".join(parts[1 : _VOLUME_PARTS + 1])
        return _look(f"landing volume {name}", partial(self.client.volumes.read, name), "READ VOLUME", _DEPLOY)

    def _secrets(self, settings: Mapping[str, str]) -> Iterator[Finding]:
        wanted: dict[str, list[str]] = {}
        for scope_setting, key_settings in _SECRETS.items():
            scope = settings.get(scope_setting)
            if scope:
                wanted.setdefault(scope, []).extend(settings[name] for name in key_settings if settings.get(name))
        for scope, keys in wanted.items():
            yield from self._scope(scope, keys)

    def _scope(self, scope: str, keys: list[str]) -> Iterator[Finding]:
        try:
            there = SecretScope(self.client, scope).keys()
        except NotFound:
            yield Finding(f"secret scope {scope}", is_good=False, remedy=f"fitness-ops secrets-sync {scope}")
            return
        except WorkspaceError as error:
            yield Finding(f"secret scope {scope}", is_good=False, remedy=str(error))
            return
        yield Finding(f"secret scope {scope}", is_good=True)
        for key in keys:
            remedy = f"fitness-ops secrets-sync {scope} {key}=env:VARIABLE"
            yield Finding(f"secret {scope}/{key}", is_good=key in there, remedy=remedy)


def _look(what: str, ask: Callable[[], object], privilege: str, remedy: str) -> Finding:
    try:
        ask()
    except NotFound:
        return Finding(what, is_good=False, remedy=f"It does not exist. {remedy}")
    except PermissionDenied:
        return Finding(what, is_good=False, remedy=f"You may not see it: ask for {privilege}.")
    except Unauthenticated:
        raise
    except DatabricksError as error:
        return Finding(what, is_good=False, remedy=one_line(str(error)))
    return Finding(what, is_good=True)
