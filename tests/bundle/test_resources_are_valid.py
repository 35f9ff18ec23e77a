"""Every resource of every target passes the strict classes of databricks-bundles, and what does not is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bundle.bundles import written
from tests.bundle.lint.strictness import resource_valid
from tests.bundle.lint.view import Facts, our_facts, view
from tests.bundle.rendering import ROOT, TARGETS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("target", TARGETS)
def test_our_resources_are_valid(target: str) -> None:
    assert [str(finding) for finding in resource_valid(view(ROOT, target, our_facts()))] == []


_BUNDLE = """\
bundle: {name: gyms}
include: [resources/*.yml]
targets:
  dev: {mode: development}
"""

_RESOURCE = """\
resources:
  %s:
    mine:
      name: mine
%s
"""


@pytest.mark.parametrize(
    ("group", "field", "message"),
    [
        ("pipelines", "      catalogue: c", "Unexpected field 'catalogue' for class Pipeline"),
        ("pipelines", "      libraries: [{glob: {includ: x}}]", "Unexpected field 'includ' for class PathPattern"),
        ("pipelines", "      serverless: maybe", "Unexpected type: <class 'bool'> for 'maybe'"),
        ("jobs", "      trigger: {file_arival: {url: x}}", "Unexpected field 'file_arival' for class TriggerSettings"),
        ("jobs", "      tasks: [{task_key: a, run_if: ALWAYS}]", "'ALWAYS' is not a valid RunIf"),
        ("schemas", "      grants: [{principal: p, privileges: [READ_ALL]}]", "'READ_ALL' is not a valid"),
        ("secret_scopes", "      permissions: [{level: CAN_MANAGE, group_name: g}]", "'CAN_MANAGE' is not a valid"),
        ("alerts", "      condition: {op: LESS_THAN}", "Unexpected field "),
        ("dashboard", "      display_name: x", ""),
    ],
)
def test_a_mistake_names_target_resource_and_line(tmp_path: Path, group: str, field: str, message: str) -> None:
    root = written(tmp_path, {"databricks.yml": _BUNDLE, "resources/mine.yml": _RESOURCE % (group, field)})
    [finding] = resource_valid(view(root, "dev", Facts({}, frozenset())))
    if not message:
        assert str(finding).startswith(f"{root}/resources/mine.yml:2: [resource-valid] There are no resources ")
        return
    assert f"'{group}.mine' in target dev: {message}" in finding.what
    assert finding.where.file == f"{root}/resources/mine.yml"
    assert finding.where.line in ({4, 5} if group == "alerts" else {5})


def test_a_missing_required_value_is_named(tmp_path: Path) -> None:
    text = _RESOURCE % ("jobs", "      tasks: [{depends_on: [{task_key: a}]}]")
    root = written(tmp_path, {"databricks.yml": _BUNDLE, "resources/mine.yml": text})
    [finding] = resource_valid(view(root, "dev", Facts({}, frozenset())))
    assert "'jobs.mine' in target dev" in finding.what
    assert "task_key" in finding.what


def test_what_only_a_target_adds_is_checked_in_that_target(tmp_path: Path) -> None:
    text = _RESOURCE % ("schemas", "      catalog_name: c") + (
        "targets:\n  prod: {resources: {schemas: {mine: {coment: x}}}}\n  dev: {}\n"
    )
    bundle = "bundle: {name: gyms}\ninclude: [resources/*.yml]\n"
    root = written(tmp_path, {"databricks.yml": bundle, "resources/mine.yml": text})
    facts = Facts({}, frozenset())
    assert list(resource_valid(view(root, "dev", facts))) == []
    [finding] = resource_valid(view(root, "prod", facts))
    assert finding.where.line == 7
    assert "'schemas.mine' in target prod: Unexpected field 'coment'" in finding.what
