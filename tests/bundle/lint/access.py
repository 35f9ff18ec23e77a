"""Rules about who may do what, and about what protects production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.project.yaml_nodes import MapNode, Node, Scalar
from tests.bundle.lint.findings import Finding
from tests.bundle.tree import entries_at, find, items_at, members, resources, scalars, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.source_location import SourceLocation
    from tests.bundle.lint.view import View

# These hold names, addresses and heart rates of people.
_CLOSED = frozenset({"bronze", "silver", "validation"})
_MAY_READ_PEOPLE = ("runner", "engineers_group")
_USE = frozenset({"ALL_PRIVILEGES", "USE_SCHEMA"})
_PROTECTED = ("pipelines", "schemas", "volumes", "secret_scopes")
_EVERYBODY = frozenset({"account users", "users"})


def no_all_privileges(view: View) -> Iterator[Finding]:
    """A grant names what it gives: ALL_PRIVILEGES also gives what will be invented later."""
    for group, key, resource in resources(view.rendered):
        for grant in items_at(resource, "grants"):
            for privilege in items_at(grant, "privileges"):
                if isinstance(privilege, Scalar) and privilege.text.replace(" ", "_").upper() == "ALL_PRIVILEGES":
                    what = f"'{group}.{key}' grants everything to {text_at(grant, 'principal')}"
                    yield Finding("no-all-privileges", privilege.where, what, "Name the privileges that are needed.")


def people_closed(view: View) -> Iterator[Finding]:
    """Schemas with personal data, and volumes in them, are for the pipeline and the engineers only."""
    variables = entries_at(view.rendered, "variables")
    allowed = {text_at(variables.get(name)) for name in _MAY_READ_PEOPLE}
    for group, key, resource in resources(view.rendered):
        if not _holds_people(group, key, view):
            continue
        for grant in items_at(resource, "grants"):
            principal = find(grant, "principal")
            if isinstance(principal, Scalar) and principal.text not in allowed:
                what = f"'{group}.{key}' holds personal data and is open to {principal.text}"
                yield Finding("people-closed", principal.where, what, "Give gold to them instead.")


def _holds_people(group: str, key: str, view: View) -> bool:
    if group == "schemas":
        return key in _CLOSED
    return group == "volumes" and _schema_of(group, key, view) in _CLOSED


def nothing_for_everybody(view: View) -> Iterator[Finding]:
    """What every user of the account may do, nobody has decided."""
    for group, key, resource in resources(view.rendered):
        for field in ("grants", "permissions"):
            for item in items_at(resource, field):
                for path, value in scalars(item):
                    if path in {("principal",), ("group_name",)} and value.text in _EVERYBODY:
                        what = f"'{group}.{key}' is open to all ({value.text})"
                        yield Finding("nothing-for-everybody", value.where, what, "Name a group.")


def grant_reachable(view: View) -> Iterator[Finding]:
    """Who may do something in a schema, or with a volume in it, may use the schema: without it nothing else counts."""
    users = {key: _users(schema) for key, schema in members(view.rendered, "schemas").items()}
    for group, key, resource in resources(view.rendered):
        schema = key if group == "schemas" else _schema_of(group, key, view)
        for grant in items_at(resource, "grants") if schema in users else ():
            principal = find(grant, "principal")
            if isinstance(principal, Scalar) and principal.text not in users[schema]:
                what = f"What '{group}.{key}' grants to {principal.text} cannot be used"
                remedy = f"Add USE_SCHEMA for them to schema '{schema}'."
                yield Finding("grant-reachable", principal.where, what, remedy)


def _users(schema: Node) -> set[str]:
    return {
        text_at(grant, "principal")
        for grant in items_at(schema, "grants")
        if _USE & {item.text for item in items_at(grant, "privileges") if isinstance(item, Scalar)}
    }


def _schema_of(group: str, key: str, view: View) -> str:
    reference = text_at(view.written, "resources", group, key, "schema_name")
    return reference.removeprefix("${resources.schemas.").removesuffix(".name}")


def one_owner(view: View) -> Iterator[Finding]:
    """A job or pipeline has one owner: the API refuses permissions with none or two."""
    for group in ("jobs", "pipelines"):
        for key, resource in members(view.rendered, group).items():
            owners = [item for item in items_at(resource, "permissions") if text_at(item, "level") == "IS_OWNER"]
            if len(owners) > 1:
                what = f"'{group}.{key}' has {len(owners)} owners"
                yield Finding("one-owner", owners[0].where, what, "Leave IS_OWNER to one of them.")


def credentials_not_embedded(view: View) -> Iterator[Finding]:
    """A dashboard with the publisher's credentials shows everybody what the publisher may read."""
    for key, dashboard in members(view.rendered, "dashboards").items():
        node = find(dashboard, "embed_credentials")
        if isinstance(node, Scalar) and node.text == "true":
            remedy = "Leave it out: readers use their own rights, and run_as allows nothing else."
            what = f"Dashboard '{key}' embeds credentials"
            yield Finding("credentials-not-embedded", node.where, what, remedy)


def production_one_copy(view: View) -> Iterator[Finding]:
    """A production target is deployed once, to the folder of the service principal that also runs it."""
    if view.mode != "production":
        return
    root = find(view.rendered, "workspace", "root_path")
    if isinstance(root, Scalar) and "/Shared" in root.text:
        remedy = "Deploy to the folder of the service principal; everybody can write to /Shared."
        yield Finding("production-one-copy", root.where, f"root_path is {root.text}", remedy)
    if not text_at(view.rendered, "run_as", "service_principal_name"):
        where = _place(view, "run_as")
        what = f"Target {view.target} runs as whoever deploys it"
        yield Finding("production-one-copy", where, what, "Add run_as.service_principal_name.")
    if text_at(view.rendered, "presets", "trigger_pause_status") != "UNPAUSED":
        what = f"Target {view.target} does not say whether its triggers run"
        yield Finding(
            "production-one-copy", _place(view, "presets"), what, "Add presets.trigger_pause_status: UNPAUSED."
        )


def production_has_permissions(view: View) -> Iterator[Finding]:
    """Somebody besides the deployer can see and start what runs in production."""
    if view.mode != "production":
        return
    if not items_at(view.merged, "permissions"):
        what = f"Target {view.target} has no permissions"
        yield Finding("production-permissions", _place(view, "permissions"), what, "Say who may manage the deployment.")
    for group in ("pipelines", "jobs"):
        for key, resource in members(view.merged, group).items():
            if not items_at(resource, "permissions"):
                what = f"'{group}.{key}' has no permissions in target {view.target}"
                yield Finding("production-permissions", resource.where, what, "Say who may see it and who may run it.")


def production_protected(view: View) -> Iterator[Finding]:
    """What holds data in prod cannot be destroyed by a deployment."""
    if view.target != "prod":
        return
    for group in _PROTECTED:
        for key, resource in members(view.rendered, group).items():
            if text_at(resource, "lifecycle", "prevent_destroy") != "true":
                what = f"'{group}.{key}' can be destroyed in production"
                yield Finding("production-protected", resource.where, what, "Add lifecycle.prevent_destroy: true.")
    for key, pipeline in members(view.rendered, "pipelines").items():
        if text_at(pipeline, "cascade_on_destroy") != "false":
            what = f"Deleting pipeline '{key}' deletes its tables"
            yield Finding("production-protected", pipeline.where, what, "Add cascade_on_destroy: false.")


def production_from_main(view: View) -> Iterator[Finding]:
    """Prod is deployed from one branch, in production mode, and holds nothing that is for trying."""
    if view.target != "prod":
        return
    if view.mode != "production":
        yield Finding("production-from-main", _place(view), "Target prod is no production", "Add mode: production.")
    if not text_at(view.rendered, "bundle", "git", "branch"):
        yield Finding("production-from-main", _place(view), "Target prod takes any branch", "Add git.branch: main.")
    for group, key, resource in resources(view.rendered):
        if "validation" in key:
            what = f"'{group}.{key}' is in production"
            yield Finding("production-from-main", resource.where, what, "Define it under the targets that try things.")


def _place(view: View, *path: str) -> SourceLocation:
    """Where a value of the target stands or, if it is missing, the target."""
    for node in view.files.values():
        target = find(node, "targets", view.target)
        if isinstance(target, MapNode):
            found: Node = find(target, *path) or target
            return found.where
    return view.merged.where
