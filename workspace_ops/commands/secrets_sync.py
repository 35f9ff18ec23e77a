"""`fitness-ops secrets-sync`."""

# Typer reads these annotations at run time, so they are not postponed.
from typing import TYPE_CHECKING, Annotated

import typer

from dlt_local.quality.personal import without_people
from workspace_ops.commands.options import Debug, Host, Profile, listed

if TYPE_CHECKING:
    from workspace_ops.secret_values import SecretSource

_LEVELS = frozenset({"READ", "WRITE", "MANAGE"})

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="Secret scope; made if it is not there.")]
Sources = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=SOURCE...", help="SOURCE is env:VARIABLE, file:PATH (mode 600) or stdin."),
]
Rotate = Annotated[
    list[str] | None, typer.Option(metavar="KEY,...", help="Write these even if they are there; repeatable.")
]
Acls = Annotated[
    list[str] | None,
    typer.Option(
        "--acl", metavar="PRINCIPAL=LEVEL", help="READ, WRITE or MANAGE; repeatable. Others lose all but MANAGE."
    ),
]


def secrets_sync(
    scope: Scope,
    sources: Sources = None,
    *,
    rotate: Rotate = None,
    acl: Acls = None,
    profile: Profile = None,
    host: Host = None,
    _debug: Debug = False,
) -> None:
    """Make a secret scope hold these keys. What is there stays as it is, so the command may be repeated.

    Values are read from where SOURCE says, only if they are written, and are never printed.
    """
    from workspace_ops.connection import Connection
    from workspace_ops.secret_scope import SecretScope
    from workspace_ops.secret_values import SecretSource

    wanted = [SecretSource.of(text, number) for number, text in enumerate(sources or (), 1)]
    rotated, acls = frozenset(listed(rotate)), _acls(acl or [])
    _check(wanted, rotated)
    with Connection(profile, host).open() as client:
        secrets = SecretScope(client, scope)
        for line in secrets.ensure():
            typer.echo(line)
        for line in secrets.sync(wanted, rotated):
            typer.echo(line)
        if acls:
            for line in secrets.reconcile(acls):
                typer.echo(without_people(line))


def _check(wanted: list["SecretSource"], rotated: frozenset[str]) -> None:
    keys = [source.key for source in wanted]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise typer.BadParameter(f"{', '.join(twice)} is given twice", param_hint="KEY=SOURCE")
    if sum(source.kind == "stdin" for source in wanted) > 1:
        raise typer.BadParameter("standard input has one value only", param_hint="KEY=stdin")
    unknown = sorted(rotated - set(keys))
    if unknown:
        raise typer.BadParameter(f"no KEY=SOURCE for {', '.join(unknown)}", param_hint="--rotate")


def _acls(texts: list[str]) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in texts]
    for principal, _, level in pairs:
        if not principal or level not in _LEVELS:
            raise typer.BadParameter("it is PRINCIPAL=READ, PRINCIPAL=WRITE or PRINCIPAL=MANAGE", param_hint="--acl")
    return {principal: level for principal, _, level in pairs}
