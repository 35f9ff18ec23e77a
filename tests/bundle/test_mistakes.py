"""The lint finds each mistake of mistakes.yml, at its line, and says nothing else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bundle.bundles import written
from tests.bundle.lint.rules import AS_WRITTEN, RESOLVED, findings
from tests.bundle.lint.view import Facts
from tests.bundle.rendering import TARGETS

_EXAMPLE = Path(__file__).with_name("example")
_FACTS = Facts(
    columns={"gold.visits": frozenset({"gym", "visits"}), "bronze.logins": frozenset({"mac"})},
    settings=frozenset({"fitness.landing_path", "fitness.gold_schema", "fitness.password_key"}),
)
_CONFIDENTIAL = {
    "<host>": "https://adb-1.azure" + "databricks.net",
    "<address>": "somebody" + "@example.com",
    "<token>": "dapi" + "0" * 32,
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A change and the finding that it must give; see mistakes.yml."""

    name: str
    rule: str
    file: str
    new: str
    old: str = ""
    at: str = ""
    where: str = ""
    target: str = "dev"
    also: tuple[str, ...] = ()


def _mistake(fields: dict[str, Any]) -> Mistake:
    for name, value in _CONFIDENTIAL.items():
        fields["new"] = fields["new"].replace(name, value)
    return Mistake(**fields | {"also": tuple(fields.get("also", ()))})


MISTAKES = [_mistake(fields) for fields in yaml.safe_load(Path(__file__).with_name("mistakes.yml").read_text("utf-8"))]


@pytest.mark.parametrize("target", TARGETS)
def test_the_example_has_no_mistake(target: str) -> None:
    assert [str(finding) for finding in findings(_EXAMPLE, target, _FACTS)] == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.name for mistake in MISTAKES])
def test_a_mistake_is_found_at_its_line(tmp_path: Path, mistake: Mistake) -> None:
    root = shutil.copytree(_EXAMPLE, tmp_path / "bundle", ignore=shutil.ignore_patterns("__pycache__"))
    _make(mistake, root)
    found = findings(root, mistake.target, _FACTS)
    shown = [str(finding).replace(f"{root}/", "") for finding in found]
    assert {finding.rule for finding in found} == {mistake.rule, *mistake.also}, shown
    place = f"{mistake.where or mistake.file}:{_line(mistake, root)}: [{mistake.rule}]"
    assert any(text.startswith(place) for text in shown), (place, shown)


def test_each_rule_has_its_mistake() -> None:
    kinds = {mistake.rule for mistake in MISTAKES} - {"refused"}
    # Resources and code have a rule each that both find a literal-schema.
    assert len(kinds) == len(AS_WRITTEN + RESOLVED) - 1


def _make(mistake: Mistake, root: Path) -> None:
    path = root / mistake.file
    if not mistake.old:
        written(root, {mistake.file: mistake.new})
        return
    text = path.read_text(encoding="utf-8")
    assert mistake.old in text, mistake
    path.write_text(text.replace(mistake.old, mistake.new, 1), encoding="utf-8")


def _line(mistake: Mistake, root: Path) -> int:
    text = (root / (mistake.where or mistake.file)).read_text(encoding="utf-8")
    before, found, _ = text.partition(mistake.at or mistake.new)
    assert found, mistake
    return before.count("\n") + 1
