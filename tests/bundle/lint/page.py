"""The page of the documentation that says what is checked."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from tests.bundle.lint.rules import AS_WRITTEN, RESOLVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bundle.lint.findings import Finding
    from tests.bundle.lint.view import View

_INTRODUCTION = """\
# Checks of the bundle

Made by `python -m tests.bundle.lint --page` from the rules; do not edit.

`databricks.yml` and `resources/` are checked without a workspace and without the Databricks CLI, for each target:

- `python -m tests.bundle.rendering` writes [what a target becomes](../tests/bundle/golden/prod.yml): files merged,
  variables and references replaced, mode, presets, permissions and defaults applied. A review sees there what a change
  does.
- Each resource passes the strict classes of `databricks-bundles`: fields, types, values that are required.
- `python -m tests.bundle.lint` applies the rules below and prints `file:line: [rule] what. what to do.` for each
  mistake.

All of it runs in `make test`. Each rule has at least one mistake in `tests/bundle/mistakes.yml` that it must find. What
only the CLI and a workspace can tell, `databricks bundle validate --strict` tells.

"""


def page() -> str:
    """The whole page: what is done, and a table of the rules of each module."""
    modules = dict.fromkeys(rule.__module__ for rule in AS_WRITTEN + RESOLVED)
    return _INTRODUCTION + "\n".join(part for module in sorted(modules) for part in _section(module))


def _section(module: str) -> Iterator[str]:
    rules = [rule for rule in AS_WRITTEN + RESOLVED if rule.__module__ == module]
    about = _first_sentence(inspect.getmodule(rules[0])).rstrip(".").partition(":")[0]
    yield f"## {about}\n\n| rule | what it demands |\n|---|---|"
    yield from (f"| `{rule.__name__}` | {_first_sentence(rule)} |" for rule in rules)
    yield ""


def _first_sentence(documented: Callable[[View], Iterator[Finding]] | object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n\n")[0].replace("\n", " ")
