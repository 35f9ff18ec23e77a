"""Both CI systems keep every rule, and every rule finds what it is for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ci import rules
from tests.ci.commands import mistakes
from tests.ci.rules import RULES
from tests.ci.stages import AZURE, CI, DEPLOY, ROOT, Systems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOOLS = Path(sys.executable).parent
AZURE_OPTIONS = ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode")
PROD = "databricks bundle deploy --target prod --plan plan.json"
RUN = "databricks bundle run validate_lakehouse --target staging"
REPORT = ".venv/bin/fitness-ops report lakehouse_validation --fail-under "


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Callable[[Systems], Iterator[str]]) -> None:
    assert list(rule(Systems.read())) == []


MISTAKES = [
    (rules.actions_are_pinned, DEPLOY, "setup-cli@v1.22.1", "setup-cli@main", "setup-cli@main is not a full version"),
    (rules.actions_are_pinned, CI, "checkout@v6.0.2", "checkout@v6", "checkout@v6 is not a full version"),
    (rules.actions_are_pinned, AZURE, "setup-cli/v1.22.1", "setup-cli/main", "setup-cli/main is not a full version"),
    (rules.the_command_line_is_that_of_the_tests, AZURE, "v1.22.1", "v1.13.0", "install databricks 1.13.0, but"),
    (rules.permissions_are_minimal, CI, "contents: read", "contents: write", "not contents: read"),
    (rules.permissions_are_minimal, DEPLOY, "id-token: write", "packages: write", "job prod has the permissions"),
    (
        rules.changes_are_tested_without_an_identity,
        CI,
        "  pull_request:",
        "  pull_request_target:",
        "runs code of forks",
    ),
    (
        rules.changes_are_tested_without_an_identity,
        CI,
        "    steps:",
        "    environment: staging\n    steps:",
        "has an environment",
    ),
    (
        rules.changes_are_tested_without_an_identity,
        CI,
        "- run: make test PYTHON=python",
        "- run: make test PYTHON=python\n        env: {DATABRICKS_HOST: x}",
        "knows a workspace",
    ),
    (
        rules.changes_are_tested_without_an_identity,
        AZURE,
        "- script: make test PYTHON=python",
        "- script: make test PYTHON=python\n            env: {A: $(B)}",
        "not a test without",
    ),
    (
        rules.only_main_is_deployed,
        DEPLOY,
        "  workflow_dispatch:",
        "  workflow_dispatch:\n  pull_request:",
        "something else than main",
    ),
    (rules.only_main_is_deployed, DEPLOY, " && !github.event.repository.fork", "", "stage prod also runs for forks"),
    (
        rules.only_main_is_deployed,
        DEPLOY,
        "ref == 'refs/heads/main' &&",
        "ref == 'refs/heads/main' ||",
        "stage prod also runs",
    ),
    (
        rules.only_main_is_deployed,
        AZURE,
        ", ne(variables['Build.Reason'], 'PullRequest')",
        "",
        "stage staging also runs",
    ),
    (
        rules.identities_are_those_of_environments,
        DEPLOY,
        "environment: prod\n",
        "environment: prod-plan\n",
        "environments are",
    ),
    (
        rules.identities_are_those_of_environments,
        AZURE,
        "azureSubscription: fitness-prod\n",
        "azureSubscription: admin\n",
        "connections are",
    ),
    (
        rules.identities_are_those_of_environments,
        AZURE,
        "environment: prod\n",
        "environment: staging\n",
        "environments are",
    ),
    (rules.identities_are_those_of_environments, DEPLOY, "github-oidc", "pat", "logs in by ['pat']"),
    (rules.nothing_is_confidential, DEPLOY, "vars.ONCALL_EMAIL", "secrets.ONCALL_EMAIL", "looks like a secret"),
    (
        rules.nothing_is_confidential,
        DEPLOY,
        "${{ vars.ONCALL_EMAIL }}",
        "coach@example.org",
        "looks like an e-mail address",
    ),
    (rules.nothing_is_confidential, AZURE, "$(DATABRICKS_HOST)", "adb-1.2.azuredatabricks.net", "looks like a host"),
    (
        rules.nothing_is_confidential,
        AZURE,
        "$(DATABRICKS_CLIENT_ID)",
        "01234567-89ab-cdef-0123-456789abcdef",
        "an identifier",
    ),
    (rules.commands_can_run, CI, "run: make test", "run: make tests", "make has no target tests"),
    (rules.commands_can_run, CI, "pytest tests/bundle", "pytest tests/bundles", "there is no tests/bundles"),
    (
        rules.commands_can_run,
        DEPLOY,
        "bundle validate --strict --target dev",
        "bundle check --strict --target dev",
        "no databricks bundle check",
    ),
    (rules.commands_can_run, DEPLOY, "--strict --target dev", "--stricter --target dev", "has no option --stricter"),
    (rules.commands_can_run, DEPLOY, "--target staging\n", "--target stage\n", "the bundle has no target stage"),
    (
        rules.commands_can_run,
        AZURE,
        "validate_lakehouse --",
        "validate_lakehouses --",
        "staging has no job or pipeline validate_lakehouses",
    ),
    (rules.commands_can_run, AZURE, "fitness-ops report", "fitness-ops judge", "fitness-ops has no command judge"),
    (rules.commands_can_run, AZURE, "--fail-under", "--fail-below", "fitness-ops report has no option --fail-below"),
    (
        rules.commands_can_run,
        AZURE,
        "report lakehouse_validation",
        "report lakehouse",
        "no target has a pipeline lakehouse",
    ),
    (rules.commands_can_run, AZURE, "make dev", "tox", "nobody knows the command tox"),
    (rules.variables_are_given, DEPLOY, "BUNDLE_VAR_runner", "BUNDLE_VAR_run_as", "the bundle has no variable run_as"),
    (rules.variables_are_given, AZURE, "BUNDLE_VAR_oncall_email", "ONCALL", "stage prod lacks BUNDLE_VAR_oncall_email"),
    (rules.variables_are_given, AZURE, "DATABRICKS_HOST: ", "HOST: ", "stage prod has no DATABRICKS_HOST"),
    (rules.both_systems_do_the_same, AZURE, REPORT, f"{REPORT}0", "stage staging does"),
    (rules.both_systems_do_the_same, DEPLOY, "needs: plan", "needs: [plan, staging]", "stage prod comes after"),
    (rules.both_systems_do_the_same, AZURE, "stage: prod", "stage: production", "stages are"),
    (
        rules.what_was_approved_is_deployed,
        DEPLOY,
        PROD,
        "databricks bundle deploy --target prod",
        "something else than the plan",
    ),
    (
        rules.what_was_approved_is_deployed,
        AZURE,
        "artifactName: plan",
        "artifactName: plans",
        "does not fetch the plan",
    ),
    (rules.what_was_approved_is_deployed, DEPLOY, "path: plan.json", "path: other.json", "does not keep the plan"),
    (rules.what_was_approved_is_deployed, DEPLOY, "needs: plan", "needs: staging", "does not wait for the plan"),
    (
        rules.staging_comes_first_and_is_judged,
        DEPLOY,
        "validate --strict --target prod",
        "validate --target prod",
        "prod is not validated",
    ),
    (rules.staging_comes_first_and_is_judged, AZURE, f"{RUN}\n", "true\n", "staging does"),
    (rules.staging_comes_first_and_is_judged, DEPLOY, "--fail-under", "--update", "has no limit"),
    (rules.deployments_end, DEPLOY, "cancel-in-progress: false", "cancel-in-progress: true", "half-way"),
    (rules.deployments_end, AZURE, "lockBehavior: sequential", "lockBehavior: runLatest", "overtakes"),
    (rules.deployments_end, CI, "timeout-minutes: 60", "continue-on-error: false", "job command_line has no time-out"),
    (rules.the_same_versions_are_tested, AZURE, 'java: "21"', 'java: "25"', "are tested"),
    (rules.the_same_versions_are_tested, CI, " PYTHON=python", "", "not that of the matrix"),
    (rules.the_same_versions_are_tested, CI, '"3.11", ', "", "are not the Pythons"),
]


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "found"), MISTAKES, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_planted_mistake_is_found(
    rule: Callable[[Systems], Iterator[str]], file: str, old: str, new: str, found: str
) -> None:
    planted = Systems.read().with_text(file, old, new)
    assert [sentence for sentence in rule(planted) if found in sentence]


def test_every_rule_has_a_planted_mistake() -> None:
    assert {rule for rule, *_ in MISTAKES} == set(RULES)


@pytest.mark.parametrize(
    "command",
    [
        "databricks bundle run --target dev fitness_lakehouse --refresh gold.gym_daily,gold.gym_hourly",
        "databricks bundle deploy --target prod --var runner=x --var=oncall_email=y",
        "databricks bundle run -- python -c 'print(1)'",
        "fitness-ops trigger fitness_lakehouse --full-refresh gold.gym_daily --no-wait",
        "make demo LANDING=folder",
    ],
)
def test_a_command_that_exists_is_none(command: str) -> None:
    assert list(mistakes(command)) == []


def test_workflows_follow_the_schema_of_github() -> None:
    assert schema_errors("vendor.github-workflows", ROOT / CI, ROOT / DEPLOY) == ""


def test_the_pipeline_follows_the_schema_of_azure() -> None:
    assert schema_errors("vendor.azure-pipelines", ROOT / AZURE, *AZURE_OPTIONS) == ""


def test_a_schema_finds_a_misspelt_key(tmp_path: Path) -> None:
    for file, old, new in ((DEPLOY, "runs-on:", "run-on:"), (AZURE, "scriptType:", "scriptKind:")):
        (tmp_path / Path(file).name).write_text(Systems.read().with_text(file, old, new).texts[file], encoding="utf-8")
    assert schema_errors("vendor.github-workflows", tmp_path / "deploy.yml")
    assert schema_errors("vendor.azure-pipelines", tmp_path / AZURE, *AZURE_OPTIONS)


def test_no_auditor_finds_a_weakness(tmp_path: Path) -> None:
    assert audited(ROOT / ".github") == 0
    weak = Systems.read().with_text(
        CI, "- run: make test PYTHON=python", "- run: echo ${{ github.event.pull_request.title }}"
    )
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(weak.texts[CI], encoding="utf-8")
    assert audited(folder) != 0


def schema_errors(schema: str, *arguments: Path | str) -> str:
    command: list[Path | str] = [TOOLS / "check-jsonschema", "--builtin-schema", schema, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def audited(folder: Path) -> int:
    command: list[Path | str] = [
        TOOLS / "zizmor",
        "--offline",
        "--quiet",
        "--config",
        ROOT / ".github" / "zizmor.yml",
        folder,
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode
