"""Whether a command line of CI or of the documentation can run: programs, subcommands, options, names."""

from __future__ import annotations

import re
import shlex
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import typer.main
import yaml

from tests.ci.stages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EVERYWHERE = frozenset({"-t", "--target", "-p", "--profile", "--var", "-o", "--output"})
# As the CLI 1.13 documents them; no CLI is needed to know them.
BUNDLE: Mapping[str, frozenset[str]] = {
    "validate": frozenset({"--strict"}),
    "plan": frozenset({"--select", "--force"}),
    "deploy": frozenset({"--plan", "--select", "--auto-approve", "--force", "--force-lock", "-q", "-qq"}),
    "run": frozenset(
        {"--refresh", "--full-refresh", "--refresh-all", "--full-refresh-all", "--validate-only", "--no-wait"}
        | {"--restart", "--params"}
    ),
    "summary": frozenset({"--force-pull"}),
    "open": frozenset({"--force-pull"}),
    "destroy": frozenset({"--auto-approve", "--force-lock"}),
    "sync": frozenset({"--watch"}),
    "generate": frozenset({"--existing-id", "--force", "--watch", "--resource", "--key"}),
    "deployment": frozenset({"--auto-approve"}),
}
_WITHOUT_VALUE = frozenset({"--strict", "--force", "--auto-approve", "--force-lock", "-q", "-qq", "--no-wait"}) | {
    "--restart",
    "--refresh-all",
    "--full-refresh-all",
    "--validate-only",
    "--force-pull",
    "--watch",
}
_AFTER_A_COMMAND = ("|", ">", ">>", "&&")


def mistakes(command: str) -> Iterator[str]:
    """What is wrong with one command line; nothing if it can run."""
    words = list(takewhile(lambda word: word not in _AFTER_A_COMMAND, shlex.split(command, comments=True)))
    if not words:
        return
    program, *arguments = words
    if program == "make":
        yield from _make(arguments)
    elif program == "databricks":
        yield from _databricks(arguments)
    elif program in {"fitness-ops", ".venv/bin/fitness-ops"}:
        yield from _fitness_ops(arguments)
    elif words[:3] == [".venv/bin/python", "-m", "pytest"]:
        yield from (f"there is no {path}" for path in words[3:] if path[0] != "-" and not (ROOT / path).exists())
    elif program not in {"jq", "install", "keep", "fetch", "use"}:
        yield f"nobody knows the command {program}"


def _make(arguments: list[str]) -> Iterator[str]:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    yield from (f"make has no target {name}" for name in arguments if "=" not in name and name not in targets)


def _databricks(arguments: list[str]) -> Iterator[str]:
    if arguments[:1] != ["bundle"]:
        return
    subcommand, *rest = [*arguments[1:], ""]
    if subcommand not in BUNDLE:
        yield f"there is no databricks bundle {subcommand}"
        return
    options, names = _options_and_names(rest[:-1])
    yield from (f"bundle {subcommand} has no option {name}" for name in options if name not in _known(subcommand))
    target = options.get("-t") or options.get("--target") or "dev"
    if target not in targets_of_bundle():
        yield f"the bundle has no target {target}"
    elif subcommand == "run":
        yield from (f"{target} has no job or pipeline {name}" for name in names if name not in runnable(target))


def _known(subcommand: str) -> frozenset[str]:
    return BUNDLE[subcommand] | _EVERYWHERE


def _options_and_names(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and what is no option; what follows a lone `--` belongs to another program."""
    options: dict[str, str] = {}
    names = []
    rest = iter(words[: words.index("--")] if "--" in words else words)
    for word in rest:
        name, separator, value = word.partition("=")
        if not word.startswith("-"):
            names.append(word)
        elif separator or name in _WITHOUT_VALUE:
            options[name] = value
        else:
            options[name] = next(rest, "")
    return options, names


def _fitness_ops(arguments: list[str]) -> Iterator[str]:
    from workspace_ops.commands.app import app

    commands = getattr(typer.main.get_command(app), "commands", {})
    subcommand, *rest = [*arguments, ""]
    if subcommand not in commands:
        yield f"fitness-ops has no command {subcommand}"
        return
    known = {option: of for of in commands[subcommand].params for option in (*of.opts, *of.secondary_opts)}
    names = []
    words = iter(rest[:-1])
    for word in words:
        name, separator, _ = word.partition("=")
        if not word.startswith("-"):
            names.append(word)
        elif name not in known:
            yield f"fitness-ops {subcommand} has no option {name}"
        elif not separator and not getattr(known[name], "is_flag", False):
            next(words, None)
    if "pipeline" in known:
        yield from (f"no target has a pipeline {name}" for name in names[:1] if name not in pipelines())


@cache
def targets_of_bundle() -> tuple[str, ...]:
    return tuple(yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))["targets"])


def runnable(target: str) -> set[str]:
    """Keys that `bundle run` takes in a target."""
    return {key for kind in ("jobs", "pipelines") for key in resources(target).get(kind, {})}


def pipelines() -> set[str]:
    return {key for target in targets_of_bundle() for key in resources(target).get("pipelines", {})}


@cache
def resources(target: str) -> dict[str, Any]:
    """Those of a target, from its golden file."""
    text = (ROOT / f"tests/bundle/golden/{target}.yml").read_text(encoding="utf-8")
    rendered = yaml.safe_load(text)["resources"]
    assert isinstance(rendered, dict)
    return rendered
