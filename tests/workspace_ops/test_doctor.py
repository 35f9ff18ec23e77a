"""The doctor finds each thing that a pipeline on the fake workspace lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from databricks.sdk.service.catalog import VolumeType

from tests.bundle.fake_workspace.warehouses import STARTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.workspace_ops.conftest import FitnessOps

SETTINGS = {
    "fitness.bronze_schema": "bronze",
    "fitness.silver_schema": "silver",
    "fitness.gold_schema": "gold",
    "fitness.landing_path": "/Volumes/fitness/bronze/landing/",
    "fitness.kafka_secret_scope": "secrets",
    "fitness.kafka_password_key": "kafka_password",
    "fitness.kafka_truststore_password_key": "",
    "fitness.sql_password_scope": "secrets",
    "fitness.sql_password_key": "sql_password",
}
NO_PIPELINE = (
    "No pipeline 'fitness_lakehouse' that you may see. Deploy it by `databricks bundle deploy`, or give its id."
)
ALL_GOOD = [
    f"✓ SQL warehouse {STARTER}",
    "✓ pipeline fitness_lakehouse",
    "✓ catalog fitness",
    "✓ schema fitness.silver",
    "✓ schema fitness.bronze",
    "✓ schema fitness.gold",
    "✓ schema fitness.ops",
    "✓ landing volume fitness.bronze.landing",
    "✓ secret scope secrets",
    "✓ secret secrets/kafka_password",
    "✓ secret secrets/sql_password",
]


@pytest.fixture
def healthy(workspace: FakeWorkspace) -> FakeWorkspace:
    client = workspace.client()
    for schema in ("bronze", "silver", "gold", "ops"):
        client.schemas.create(schema, "fitness")
    client.volumes.create("fitness", "bronze", "landing", VolumeType.MANAGED)
    client.secrets.create_scope("secrets")
    for key in ("kafka_password", "sql_password"):
        client.secrets.put_secret("secrets", key, string_value="shown-nowhere")
    workspace.pipelines.create(
        "fitness_lakehouse",
        catalog="fitness",
        schema="silver",
        configuration=dict(SETTINGS),
        event_log={"catalog": "fitness", "schema": "ops", "name": "log"},
    )
    return workspace


def test_all_in_order_is_0(healthy: FakeWorkspace, signed_in: FitnessOps) -> None:
    result = signed_in("doctor", "--warehouse", STARTER)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [f"✓ signed in to {healthy.host} (pat)", *ALL_GOOD]
    assert "shown-nowhere" not in result.output
    assert healthy.identity.user_name not in result.output


def _land_elsewhere(workspace: FakeWorkspace) -> None:
    workspace.pipelines.named("fitness_lakehouse").spec["configuration"]["fitness.landing_path"] = "/data"


def _without_key(workspace: FakeWorkspace) -> None:
    del workspace.secrets.scopes["secrets"].values["sql_password"]


@pytest.mark.parametrize(
    ("harm", "line", "remedy"),
    [
        (
            lambda w: w.unity_catalog.schemas.pop("fitness.gold"),
            "✗ schema fitness.gold",
            "It does not exist. Deploy the bundle: `databricks bundle deploy`.",
        ),
        (
            lambda w: w.faults.forbid("/api/2.1/unity-catalog/catalogs/*"),
            "✗ catalog fitness",
            "You may not see it: ask for USE CATALOG.",
        ),
        (
            lambda w: w.unity_catalog.volumes.clear(),
            "✗ landing volume fitness.bronze.landing",
            "It does not exist. Deploy the bundle: `databricks bundle deploy`.",
        ),
        (
            lambda w: w.faults.forbid("/api/2.0/sql/warehouses"),
            "✗ SQL warehouse",
            "You may not see warehouses: ask for the right to use Databricks SQL.",
        ),
        (
            lambda w: w.faults.forbid("/api/2.0/pipelines/*"),
            "✗ pipeline fitness_lakehouse",
            (
                "You may not see how 'fitness_lakehouse' is made (User does not have permission). It takes CAN_VIEW on "
                "the pipeline: ask whoever manages it."
            ),
        ),
        (
            _without_key,
            "✗ secret secrets/sql_password",
            "fitness-ops secrets-sync secrets sql_password=env:VARIABLE",
        ),
        (
            lambda w: w.secrets.scopes.clear(),
            "✗ secret scope secrets",
            "fitness-ops secrets-sync secrets",
        ),
        (
            lambda w: w.faults.forbid("/api/2.0/secrets/list"),
            "✗ secret scope secrets",
            (
                "You may not list the keys of scope 'secrets' (User does not have permission). It takes READ on the "
                "scope: ask whoever manages it."
            ),
        ),
        (
            _land_elsewhere,
            "✗ landing volume /data",
            "fitness.landing_path is no path below /Volumes.",
        ),
        (
            lambda w: w.pipelines.known.clear(),
            "✗ pipeline fitness_lakehouse",
            NO_PIPELINE,
        ),
    ],
)
def test_what_is_not_in_order_is_1_and_says_what_to_do(
    healthy: FakeWorkspace, signed_in: FitnessOps, harm: Callable[[FakeWorkspace], object], line: str, remedy: str
) -> None:
    harm(healthy)
    result = signed_in("doctor")
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (1, "Error: 1 thing is not in order\n")
    assert lines[lines.index(line) + 1] == f"    {remedy}"


def test_a_warehouse_that_is_not_there(healthy: FakeWorkspace, signed_in: FitnessOps) -> None:
    result = signed_in("doctor", "--warehouse", "Serverless Starter")
    assert result.exit_code == 1
    assert f"✗ SQL warehouse Serverless Starter\n    Did you mean '{STARTER}'?\n" in result.stdout
    healthy.warehouses.states.clear()
    result = signed_in("doctor")
    assert "✗ a SQL warehouse\n    Make one, or ask for CAN_USE on one" in result.stdout
