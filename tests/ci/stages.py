"""What both CI systems do, in one form: stages in order, each with its commands.

Steps that are written differently and do the same have one name here: `install databricks 1.22.1`,
`keep plan.json` and `fetch plan` (an artifact), `use python` and `use java`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
CI, DEPLOY, AZURE = ".github/workflows/ci.yml", ".github/workflows/deploy.yml", "azure-pipelines.yml"
FILES = (CI, DEPLOY, AZURE)

Tree = dict[str, Any]
_CALLED = "./.github/workflows/ci.yml"
_ACTIONS = {
    "actions/setup-python": "use python",
    "actions/setup-java": "use java",
    "actions/upload-artifact": "keep {path}",
    "actions/download-artifact": "fetch {name}",
}
_TASKS = {
    "UsePythonVersion": "use python",
    "JavaToolInstaller": "use java",
    "DownloadPipelineArtifact": "fetch {artifactName}",
}
_INSTALLED = re.compile(r"^curl -fsSL \S+/databricks/setup-cli/v([\d.]+)/install\.sh \| sudo sh$")


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and the environment variables that it is given."""

    command: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs together, on what condition, with whose identity: an environment, or a service connection."""

    name: str
    needs: tuple[str, ...]
    condition: str
    environment: str
    identities: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def commands(self) -> list[str]:
        return [step.command for step in self.steps]


@dataclass(frozen=True, slots=True)
class Systems:
    """The files of both systems; `texts` may hold others than those on disk, to plant mistakes."""

    texts: Mapping[str, str]

    @classmethod
    def read(cls) -> Systems:
        return cls({name: (ROOT / name).read_text(encoding="utf-8") for name in FILES})

    def with_text(self, name: str, old: str, new: str) -> Systems:
        if old not in self.texts[name]:
            raise ValueError(f"{name} does not contain {old!r}")
        return Systems({**self.texts, name: self.texts[name].replace(old, new)})

    def tree(self, name: str) -> Tree:
        tree = yaml.safe_load(self.texts[name])
        assert isinstance(tree, dict)
        # YAML 1.1 reads the key `on` as true.
        return {"on" if key is True else str(key): value for key, value in tree.items()}

    def github(self) -> list[Stage]:
        tests = [step for job in self.tree(CI)["jobs"].values() for step in _github_steps(job)]
        return [_github_stage(name, job, tests) for name, job in self.tree(DEPLOY)["jobs"].items()]

    def azure(self) -> list[Stage]:
        return [_azure_stage(stage) for stage in self.tree(AZURE)["stages"]]


def _github_stage(name: str, job: Tree, tests: list[Step]) -> Stage:
    steps = tests if job.get("uses") == _CALLED else list(_github_steps(job))
    environment = job.get("environment", "")
    return Stage(name, _names(job.get("needs")), job.get("if", ""), environment, (environment,), tuple(steps))


def _github_steps(job: Tree) -> Iterator[Step]:
    for step in job.get("steps", ()):
        environment = {**job.get("env", {}), **step.get("env", {})}
        if "run" in step:
            yield from _commands(step["run"], environment)
            continue
        action, _, version = step["uses"].partition("@")
        if action == "databricks/setup-cli":
            yield Step(f"install databricks {version.removeprefix('v')}", environment)
        elif action in _ACTIONS:
            yield Step(_ACTIONS[action].format(**{"path": "", "name": "", **step.get("with", {})}), environment)


def _azure_stage(stage: Tree) -> Stage:
    steps: list[Step] = []
    environments, connections = [], []
    for job in stage["jobs"]:
        environments.append(job.get("environment", ""))
        for step in _azure_job_steps(job):
            connections.append(step.get("inputs", {}).get("azureSubscription", ""))
            steps += _azure_step(step)
    identities = tuple(name for name in dict.fromkeys(connections) if name)
    needs = _names(stage.get("dependsOn"))
    return Stage(stage["stage"], needs, stage.get("condition", ""), "".join(environments), identities, tuple(steps))


def _azure_job_steps(job: Tree) -> list[Tree]:
    steps = job["strategy"]["runOnce"]["deploy"]["steps"] if "deployment" in job else job["steps"]
    assert isinstance(steps, list)
    return steps


def _azure_step(step: Tree) -> Iterable[Step]:
    environment = step.get("env", {})
    if "publish" in step:
        return [Step(f"keep {step['publish']}", environment)]
    inputs = step.get("inputs", {})
    task = step.get("task", "").partition("@")[0]
    if task in _TASKS:
        return [Step(_TASKS[task].format(**{"artifactName": "", **inputs}), environment)]
    return _commands(step.get("script", inputs.get("inlineScript", "")), environment)


def _commands(script: str, environment: Mapping[str, str]) -> Iterator[Step]:
    for line in map(str.strip, script.splitlines()):
        installed = _INSTALLED.match(line)
        if installed:
            yield Step(f"install databricks {installed[1]}", environment)
        elif line and not line.startswith("set -"):
            # Only GitHub has a page for what a reviewer should see.
            yield Step(line.partition(" | tee -a ")[0], environment)


def _names(value: str | list[str] | None) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,) if value else ()
