"""Catalogs, schemas and volumes. Catalogs are there when a test says so; names are kept in lower case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request, conflict, missing
from tests.bundle.fake_workspace.routing import Handler, Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bundle.fake_workspace.clock import Clock
    from tests.bundle.fake_workspace.identity import Identity

_ROOT = "/api/2.1/unity-catalog"
_FIXED = {"catalog": {"name"}, "schema": {"name", "catalog_name"}, "volume": {"name", "catalog_name", "schema_name"}}


@dataclass
class UnityCatalog:
    """Securables by full name, and by kind: catalog, schema, volume."""

    identity: Identity
    clock: Clock
    folder: Path
    catalogs: dict[str, Json] = field(default_factory=dict)
    schemas: dict[str, Json] = field(default_factory=dict)
    volumes: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.add_catalog("fitness")

    def routes(self) -> Iterator[Route]:
        yield Route("GET", f"{_ROOT}/catalogs", lambda _: {"catalogs": list(self.catalogs.values())})
        yield Route("POST", f"{_ROOT}/schemas", self._create_schema)
        yield Route("GET", f"{_ROOT}/schemas", self._list_schemas)
        yield Route("POST", f"{_ROOT}/volumes", self._create_volume)
        yield Route("GET", f"{_ROOT}/volumes", self._list_volumes)
        yield Route("DELETE", f"{_ROOT}/schemas/{{name}}", self._delete_schema)
        yield Route("DELETE", f"{_ROOT}/volumes/{{name}}", self._delete_volume)
        for kind in ("catalog", "schema", "volume"):
            yield Route("GET", f"{_ROOT}/{kind}s/{{name}}", self._get(kind))
        for kind in ("schema", "volume"):
            yield Route("PATCH", f"{_ROOT}/{kind}s/{{name}}", self._update(kind))

    def add_catalog(self, name: str) -> None:
        """A catalog that an administrator made."""
        self.catalogs[name] = {"name": name, "full_name": name, "catalog_type": "MANAGED_CATALOG", **self._stamped()}

    def of_kind(self, kind: str) -> dict[str, Json]:
        """All securables of a kind; an unknown kind is a 400."""
        kinds = {"catalog": self.catalogs, "schema": self.schemas, "volume": self.volumes}
        if kind not in kinds:
            raise bad_request(f"Unknown securable type {kind}")
        return kinds[kind]

    def known(self, kind: str, name: str) -> Json:
        """A securable by its full name, whatever its case; else a 404."""
        found = self.of_kind(kind).get(name.lower())
        if found is None:
            raise missing(f"{kind.capitalize()} '{name}' does not exist.", f"{kind.upper()}_DOES_NOT_EXIST")
        return found

    def place(self, volume_path: str) -> Path:
        """The local folder or file of a path below `/Volumes`; a volume that is not there is a 404."""
        parts = volume_path.strip("/").split("/")
        if len(parts) < 4 or parts[0] != "Volumes":
            raise bad_request(f"'{volume_path}' is not below a volume")
        self.known("volume", ".".join(parts[1:4]))
        return self.folder.joinpath("Volumes", *(part.lower() for part in parts[1:4]), *parts[4:])

    def _stamped(self) -> Json:
        user = self.identity.user_name
        return {"owner": user, "created_by": user, "created_at": self.clock.milliseconds()}

    def _get(self, kind: str) -> Handler:
        return lambda request: self.known(kind, request.parts["name"])

    def _update(self, kind: str) -> Handler:
        def update(request: Request) -> Json:
            securable = self.known(kind, request.parts["name"])
            if "new_name" in request.body or _FIXED[kind] & set(request.body):
                raise bad_request(f"A {kind} of a bundle keeps its name")
            securable.update(request.body)
            return securable

        return update

    def _create_schema(self, request: Request) -> Json:
        catalog, name = (text.lower() for text in request.needed("catalog_name", "name"))
        self.known("catalog", catalog)
        identity: Json = {"catalog_name": catalog, "name": name, "full_name": f"{catalog}.{name}"}
        return self._add("schema", identity, {"schema_id": str(uuid.uuid4())}, request)

    def _create_volume(self, request: Request) -> Json:
        names = [text.lower() for text in request.needed("catalog_name", "schema_name", "name")]
        (kind,) = request.needed("volume_type")
        self.known("schema", ".".join(names[:2]))
        identity: Json = dict(zip(("catalog_name", "schema_name", "name"), names, strict=True))
        identity |= {"full_name": ".".join(names), "volume_type": kind}
        location = request.body.get("storage_location", f"s3://metastore/{uuid.uuid4()}")
        volume = self._add("volume", identity, {"volume_id": str(uuid.uuid4()), "storage_location": location}, request)
        self.place("/Volumes/" + "/".join(names)).mkdir(parents=True)
        return volume

    def _add(self, kind: str, identity: Json, computed: Json, request: Request) -> Json:
        known = self.of_kind(kind)
        if identity["full_name"] in known:
            what = f"{kind.capitalize()} '{identity['full_name']}' already exists"
            raise conflict(what, f"{kind.upper()}_ALREADY_EXISTS")
        known[identity["full_name"]] = {**request.body, **computed, **self._stamped(), **identity}
        return known[identity["full_name"]]

    def _list_schemas(self, request: Request) -> Json:
        catalog = str(self.known("catalog", request.one("catalog_name"))["name"])
        return {"schemas": [schema for schema in self.schemas.values() if schema["catalog_name"] == catalog]}

    def _list_volumes(self, request: Request) -> Json:
        schema = self.known("schema", f"{request.one('catalog_name')}.{request.one('schema_name')}")["full_name"]
        return {"volumes": [volume for name, volume in self.volumes.items() if name.rpartition(".")[0] == schema]}

    def _delete_schema(self, request: Request) -> Json:
        name = self.known("schema", request.parts["name"])["full_name"]
        inside = [volume for volume in self.volumes if volume.startswith(f"{name}.")]
        if inside and request.one("force", "false") != "true":
            raise bad_request(f"Schema '{name}' is not empty: {', '.join(inside)}", "SCHEMA_NOT_EMPTY")
        for volume in inside:
            self._remove_volume(volume)
        del self.schemas[name]
        return {}

    def _delete_volume(self, request: Request) -> Json:
        self._remove_volume(self.known("volume", request.parts["name"])["full_name"])
        return {}

    def _remove_volume(self, name: str) -> None:
        place = self.place("/Volumes/" + name.replace(".", "/"))
        del self.volumes[name]
        # Kept for a look after the end; the next volume of that name begins empty.
        place.rename(place.with_name(f".{place.name}-{uuid.uuid4()}"))
