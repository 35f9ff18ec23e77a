"""A secret scope of the fake workspace is made to hold keys; values are written and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.workspace_ops.conftest import FitnessOps

BROKER, DATABASE, STORE = "broker-5f1c", "database-77ab", "truststore-90de"


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """One of each kind; the third is on standard input."""
    monkeypatch.setenv("BROKER", BROKER)
    file = tmp_path / "database"
    file.write_text(f"{DATABASE}\n")
    file.chmod(0o600)
    return ["kafka_password=env:BROKER", f"sql_password=file:{file}", "store=stdin"]


def test_missing_keys_are_written_and_a_second_time_kept(
    workspace: FakeWorkspace, signed_in: FitnessOps, sources: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = signed_in("secrets-sync", "fitness", *sources, stdin=f"{STORE}\n")
    assert (first.exit_code, first.stdout, first.stderr) == (
        0,
        "scope fitness: created\nkafka_password: written\nsql_password: written\nstore: written\n",
        "",
    )
    keys = ("kafka_password", "sql_password", "store")
    assert [workspace.secrets.value("fitness", key) for key in keys] == [BROKER, DATABASE, STORE]
    monkeypatch.delenv("BROKER")
    puts = len([request for request in workspace.requests if request.path.endswith("/put")])
    again = signed_in("secrets-sync", "fitness", *sources)
    assert again.exit_code == 0
    assert [line.split(", ")[0] for line in again.stdout.splitlines()] == [f"{key}: kept" for key in keys]
    assert len([request for request in workspace.requests if request.path.endswith("/put")]) == puts == 3
    assert not any(value in first.output + again.output for value in (BROKER, DATABASE, STORE))


def test_only_what_is_to_be_rotated_is_written_anew(
    workspace: FakeWorkspace, signed_in: FitnessOps, sources: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signed_in("secrets-sync", "fitness", *sources, stdin=STORE).exit_code == 0
    monkeypatch.setenv("BROKER", "broker-new")
    result = signed_in("secrets-sync", "fitness", *sources, "--rotate", "kafka_password")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "kafka_password: rotated"
    assert workspace.secrets.value("fitness", "kafka_password") == "broker-new"
    assert workspace.secrets.value("fitness", "sql_password") == DATABASE


def test_permissions_become_those_that_are_given(workspace: FakeWorkspace, signed_in: FitnessOps) -> None:
    assert signed_in("secrets-sync", "fitness").exit_code == 0
    acls = workspace.secrets.scopes["fitness"].acls
    acls.update({"analysts": "READ", "ada@example.org": "WRITE", "engineers": "READ"})
    result = signed_in("secrets-sync", "fitness", "--acl", "engineers=WRITE", "--acl", "runner=READ")
    assert result.exit_code == 0
    assert acls == {"lakehouse_engineer": "MANAGE", "engineers": "WRITE", "runner": "READ"}
    assert set(result.stdout.splitlines()) == {
        "WRITE of engineers: granted",
        "READ of runner: granted",
        "READ of analysts: taken back",
        "WRITE of [not shown]: taken back",
    }
    again = signed_in("secrets-sync", "fitness", "--acl", "engineers=WRITE", "--acl", "runner=READ")
    assert again.stdout == "WRITE of engineers: kept\nREAD of runner: kept\n"


def test_nothing_is_written_if_one_value_is_missing(
    workspace: FakeWorkspace, signed_in: FitnessOps, sources: list[str]
) -> None:
    result = signed_in("secrets-sync", "fitness", *sources[:2], "other=env:NOT_SET")
    assert (result.exit_code, result.stderr) == (2, "Error: Variable NOT_SET, the value of 'other', is not set\n")
    assert workspace.secrets.scopes["fitness"].values == {}


def test_a_file_that_others_can_read_is_refused(signed_in: FitnessOps, tmp_path: Path) -> None:
    file = tmp_path / "open"
    file.write_text(DATABASE)
    file.chmod(0o640)
    result = signed_in("secrets-sync", "fitness", f"key=file:{file}")
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: Others can read or write the secret in {file} (mode 0640). chmod 600 {file}\n",
    )


def test_a_file_that_is_no_text_is_refused(signed_in: FitnessOps, tmp_path: Path) -> None:
    file = tmp_path / "store"
    file.write_bytes(b"\xff\xfesecret")
    file.chmod(0o600)
    result = signed_in("secrets-sync", "fitness", f"key=file:{file}")
    assert result.exit_code == 2
    assert result.stderr == f"Error: The secret in {file} is no text. Encode it, by base64 perhaps.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([BROKER], "Argument 1 does not say where its value is"),
        (["a=stdin", f"b={BROKER}"], "Argument 2 does not say where its value is"),
        ([f"a=stdin:{BROKER}"], "Argument 1 does not say where its value is"),
        (["a=env:"], "Argument 1 does not say where its value is"),
        (["a b=stdin"], "Argument 1 does not begin with a key"),
        (["a=stdin", "b=stdin"], "standard input has one value only"),
        (["a=stdin", "a=env:A"], "a is given twice"),
        (["a=stdin", "--rotate", "b"], "no KEY=SOURCE for b"),
        (["--acl", "engineers"], "it is PRINCIPAL=READ, PRINCIPAL=WRITE or PRINCIPAL=MANAGE"),
        (["--acl", "engineers=OWN"], "it is PRINCIPAL=READ, PRINCIPAL=WRITE or PRINCIPAL=MANAGE"),
        (["a=stdin"], "The value of 'a' is empty (stdin)"),
        (["a=file:/nowhere/secret"], "/nowhere/secret: No such file or directory"),
    ],
)
def test_mistakes_are_one_line_that_repeats_no_value(
    workspace: FakeWorkspace, signed_in: FitnessOps, arguments: list[str], message: str
) -> None:
    result = signed_in("secrets-sync", "fitness", *arguments, stdin="")
    assert result.exit_code == 2
    assert message in result.stderr
    assert BROKER not in result.output
    assert all(not scope.values for scope in workspace.secrets.scopes.values())
