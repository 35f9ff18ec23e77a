"""What must be true of both CI systems. Each rule gives the mistakes that it finds, as sentences."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import yaml

from tests.ci.commands import mistakes, targets_of_bundle
from tests.ci.stages import AZURE, CI, DEPLOY, FILES, ROOT, Stage, Systems

if TYPE_CHECKING:
    from collections.abc import Iterator

_PINNED = re.compile(r"^(\./\S+|[\w./-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40}))$")
_RELEASED = {
    "github": ("github.ref == 'refs/heads/main'", "!github.event.repository.fork"),
    "azure": (
        "succeeded()",
        "eq(variables['Build.SourceBranch'], 'refs/heads/main')",
        "ne(variables['Build.Reason'], 'PullRequest')",
    ),
}
# Code of a fork must never meet an identity; these triggers run it, or what it wrote, with those of this repository.
_DANGEROUS = {"pull_request_target", "workflow_run", "issue_comment"}
_SECRETS = {
    "a secret": re.compile(
        r"\bsecrets\s*[.\[]|\bDATABRICKS_TOKEN\b|client_secret|password|\bdapi[0-9a-f]{8,}", re.IGNORECASE
    ),
    "an identifier": re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE),
    "a host": re.compile(
        r"\b[\w.-]+\.(?:databricks\.com|azuredatabricks\.net)\b|https://(?!raw\.githubusercontent\.com/)"
    ),
}


def actions_are_pinned(systems: Systems) -> Iterator[str]:
    for name in (CI, DEPLOY):
        for used in re.findall(r"uses: (\S+)", systems.texts[name]):
            if not _PINNED.match(used):
                yield f"{name}: {used} is not a full version"
    for reference in re.findall(r"setup-cli/(\S+)/install\.sh", systems.texts[AZURE]):
        if not re.fullmatch(r"v\d+\.\d+\.\d+", reference):
            yield f"{AZURE}: setup-cli/{reference} is not a full version"


def the_command_line_is_that_of_the_tests(systems: Systems) -> Iterator[str]:
    """The checks of resources come with databricks-bundles, which is numbered like the CLI."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tested = [pin for pin in project["dependency-groups"]["dev"] if str(pin).startswith("databricks-bundles==")]
    for stage in (*systems.github(), *systems.azure()):
        for command in stage.commands:
            if (
                command.startswith("install databricks ")
                and [command.replace("install databricks ", "databricks-bundles==")] != tested
            ):
                yield f"{stage.name}: {command}, but the tests have {tested[0]}"


def permissions_are_minimal(systems: Systems) -> Iterator[str]:
    for name in (CI, DEPLOY):
        workflow = systems.tree(name)
        if workflow.get("permissions") != {"contents": "read"}:
            yield f"{name}: permissions are {workflow.get('permissions')}, not contents: read"
        for key, job in workflow["jobs"].items():
            more = {"contents": "read"} | ({"id-token": "write"} if "environment" in job else {})
            if job.get("permissions", {"contents": "read"}) != more:
                yield f"{name}: job {key} has the permissions {job.get('permissions')}, not {more}"


def changes_are_tested_without_an_identity(systems: Systems) -> Iterator[str]:
    triggers = set(systems.tree(CI)["on"])
    if not {"pull_request", "push"} <= triggers:
        yield f"{CI} is not run for pull requests and pushes"
    yield from (f"{CI}: {name} runs code of forks with an identity" for name in sorted(triggers & _DANGEROUS))
    yield from (
        f"{CI}: job {key} has an environment" for key, job in systems.tree(CI)["jobs"].items() if "environment" in job
    )
    if re.search(r"DATABRICKS_|\bvars\.|id-token", systems.texts[CI]):
        yield f"{CI} knows a workspace"
    test = systems.azure()[0]
    if test.name != "test" or test.identities or test.environment or any(step.environment for step in test.steps):
        yield f"{AZURE}: the first stage is not a test without an identity"


def only_main_is_deployed(systems: Systems) -> Iterator[str]:
    triggers = systems.tree(DEPLOY)["on"]
    if set(triggers) != {"push", "workflow_dispatch"} or triggers["push"] != {"branches": ["main"]}:
        yield f"{DEPLOY} is started by something else than main or a person"
    if systems.tree(AZURE)["trigger"]["branches"] != {"include": ["main"]}:
        yield f"{AZURE} is started by something else than main"
    for system, stages in (("github", systems.github()), ("azure", systems.azure())):
        for stage in stages[1:]:
            if not all(part in stage.condition for part in _RELEASED[system]) or "||" in stage.condition:
                yield f"{system}: stage {stage.name} also runs for forks, pull requests or other branches"


def identities_are_those_of_environments(systems: Systems) -> Iterator[str]:
    """GitHub's token names the environment; a service connection is an identity of its own."""
    expected = {
        "validate": "staging",
        "validate_prod": "prod-plan",
        "staging": "staging",
        "plan": "prod-plan",
        "prod": "prod",
    }
    found = {stage.name: stage.environment for stage in systems.github() if stage.name != "test"}
    if found != expected:
        yield f"github: environments are {found}"
    connections = {stage.name: stage.identities for stage in systems.azure() if stage.name != "test"}
    if connections != {stage: (f"fitness-{environment}",) for stage, environment in expected.items()}:
        yield f"azure: service connections are {connections}"
    approved = {stage.name: stage.environment for stage in systems.azure() if stage.environment}
    if approved != {"staging": "staging", "prod": "prod"}:
        yield f"azure: environments are {approved}"
    for system, stages, login in (("github", systems.github(), "github-oidc"), ("azure", systems.azure(), "azure-cli")):
        for stage in stages:
            logins = {
                step.environment.get("DATABRICKS_AUTH_TYPE") for step in stage.steps if needs_workspace(step.command)
            }
            if logins - {login}:
                yield f"{system}: stage {stage.name} logs in by {sorted(map(str, logins - {login}))}"


def nothing_is_confidential(systems: Systems) -> Iterator[str]:
    for name in FILES:
        for what, pattern in _SECRETS.items():
            yield from (f"{name}: {found[0]!r} looks like {what}" for found in pattern.finditer(systems.texts[name]))


def commands_can_run(systems: Systems) -> Iterator[str]:
    for system, stages in (("github", systems.github()), ("azure", systems.azure())):
        for stage in stages:
            for command in stage.commands:
                yield from (f"{system}: stage {stage.name}: {mistake}" for mistake in mistakes(command))


def variables_are_given(systems: Systems) -> Iterator[str]:
    declared, wanted = declared_variables(), wanted_variables()
    for system, stages in (("github", systems.github()), ("azure", systems.azure())):
        for stage in stages:
            for step in stage.steps:
                given = {
                    name.removeprefix("BUNDLE_VAR_") for name in step.environment if name.startswith("BUNDLE_VAR_")
                }
                yield from (f"{system}: the bundle has no variable {name}" for name in sorted(given - declared))
                target = re.search(r"^databricks bundle .* --target (\S+)", step.command)
                if target:
                    missing = wanted.get(target[1], set()) - given
                    yield from (f"{system}: stage {stage.name} lacks BUNDLE_VAR_{name}" for name in sorted(missing))
                if needs_workspace(step.command) and not step.environment.get("DATABRICKS_HOST"):
                    yield f"{system}: stage {stage.name} has no DATABRICKS_HOST for {step.command}"


def both_systems_do_the_same(systems: Systems) -> Iterator[str]:
    github, azure = systems.github(), systems.azure()
    if [stage.name for stage in github] != [stage.name for stage in azure]:
        yield f"stages are {[stage.name for stage in github]} and {[stage.name for stage in azure]}"
        return
    for ours, theirs in zip(github, azure, strict=True):
        if ours.needs != theirs.needs:
            yield f"stage {ours.name} comes after {ours.needs} and {theirs.needs}"
        if without_java(ours) != without_java(theirs):
            yield f"stage {ours.name} does {without_java(ours)} and {without_java(theirs)}"


def what_was_approved_is_deployed(systems: Systems) -> Iterator[str]:
    for system, stages in (("github", systems.github()), ("azure", systems.azure())):
        by_name = {stage.name: stage for stage in stages}
        plan, prod = by_name["plan"].commands, by_name["prod"].commands
        deployed = [command for command in prod if command.startswith("databricks bundle deploy")]
        wanted = ["databricks bundle plan --target prod -o json > plan.json", "keep plan.json"]
        if [command for command in plan if command in wanted] != wanted:
            yield f"{system}: stage plan does not keep the plan"
        if deployed != ["databricks bundle deploy --target prod --plan plan.json"]:
            yield f"{system}: stage prod deploys something else than the plan"
        elif "fetch plan" not in prod[: prod.index(deployed[0])]:
            yield f"{system}: stage prod does not fetch the plan that was approved"
        if by_name["prod"].needs != ("plan",) or by_name["plan"].needs != ("staging",):
            yield f"{system}: production does not wait for the plan, and the plan for staging"


def staging_comes_first_and_is_judged(systems: Systems) -> Iterator[str]:
    for system, stages in (("github", systems.github()), ("azure", systems.azure())):
        commands = [command for stage in stages for command in stage.commands if needs_workspace(command)]
        first_deployment = next(i for i, command in enumerate(commands) if " deploy " in command)
        strict = {command.partition("validate --strict --target ")[2] for command in commands[:first_deployment]}
        yield from (
            f"{system}: {target} is not validated strictly first"
            for target in targets_of_bundle()
            if target not in strict
        )
        staging = next(stage for stage in stages if stage.name == "staging")
        steps = [kind_of(command) for command in staging.commands if needs_workspace(command)]
        if steps != ["deploy", "run", "report", "test-workspace"]:
            yield f"{system}: staging does {steps}"
        if not any("fitness-ops report" in command and "--fail-under" in command for command in staging.commands):
            yield f"{system}: the quality gate has no limit"


def deployments_end(systems: Systems) -> Iterator[str]:
    if systems.tree(DEPLOY).get("concurrency", {}).get("cancel-in-progress") is not False:
        yield f"{DEPLOY}: a newer change cancels a deployment half-way"
    if systems.tree(AZURE).get("lockBehavior") != "sequential":
        yield f"{AZURE}: a newer change overtakes a deployment"
    for name in (CI, DEPLOY):
        for key, job in systems.tree(name)["jobs"].items():
            if "uses" not in job and "timeout-minutes" not in job:
                yield f"{name}: job {key} has no time-out"
    for stage in systems.tree(AZURE)["stages"]:
        yield from (
            f"{AZURE}: stage {stage['stage']} has no time-out" for job in stage["jobs"] if "timeoutInMinutes" not in job
        )


def the_same_versions_are_tested(systems: Systems) -> Iterator[str]:
    matrix = systems.tree(CI)["jobs"]["test"]["strategy"]["matrix"]
    github = {(python, java) for python in matrix["python"] for java in matrix["java"]}
    github |= {(more["python"], more["java"]) for more in matrix.get("include", ())}
    (job, *_) = systems.tree(AZURE)["stages"][0]["jobs"]
    azure = {(one["python"], one["java"]) for one in job["strategy"]["matrix"].values()}
    if github != azure:
        yield f"{sorted(github)} and {sorted(azure)} are tested"
    for system, stages in (("github", systems.github()), ("azure", systems.azure())):
        if "make test PYTHON=python" not in stages[0].commands:
            yield f"{system}: make takes the Python that it likes best, not that of the matrix"
    if {python for python, _ in github} != {"3.11", "3.12", "3.13"} or "17" not in {java for _, java in github}:
        yield f"{sorted(github)} are not the Pythons that the project is for, on Java 17"


RULES = (
    actions_are_pinned,
    the_command_line_is_that_of_the_tests,
    permissions_are_minimal,
    changes_are_tested_without_an_identity,
    only_main_is_deployed,
    identities_are_those_of_environments,
    nothing_is_confidential,
    commands_can_run,
    variables_are_given,
    both_systems_do_the_same,
    what_was_approved_is_deployed,
    staging_comes_first_and_is_judged,
    deployments_end,
    the_same_versions_are_tested,
)


def needs_workspace(command: str) -> bool:
    return command.startswith("databricks bundle") or "fitness-ops" in command or command == "make test-workspace"


def kind_of(command: str) -> str:
    return next(kind for kind in ("deploy", "run", "report", "test-workspace") if f" {kind}" in command)


def without_java(stage: Stage) -> list[str]:
    """How tools get onto a machine differs a little."""
    return [command for command in stage.commands if command != "use java"]


def declared_variables() -> set[str]:
    return set(yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))["variables"])


def wanted_variables() -> dict[str, set[str]]:
    """By target, the variables that neither the bundle nor the target gives a value."""
    bundle = yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))
    open_ones = {name for name, of in bundle["variables"].items() if not {"default", "lookup"} & set(of)}
    return {target: open_ones - set(of.get("variables", {})) for target, of in bundle["targets"].items()}
