"""A changed rule file is a changed pipeline: the next update is no longer one that has nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.project.fingerprint import project_digest
from dlt_local.project.folder import pipeline_from_folder

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import pathlib

    import dlt
    import yaml

    file = pathlib.Path(__file__).parent / "rules" / "main.numbers.yml"
    rules = {rule["name"]: rule["sql"] for rule in yaml.safe_load(file.read_text())["rules"]}

    @dlt.table
    def landed():
        files = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json").schema("value INT")
        return files.load(spark.conf.get("landing") + "/numbers")

    @dlt.table
    @dlt.expect_all(rules)
    def numbers():
        return spark.read.table("landed")
"""
RULES = """\
dataset: main.numbers
owner: data-engineering
rules:
  - {name: small, sql: value < 5, action: warn, severity: info, dimension: validity}
"""


def counted(pipeline: PipelineProject) -> dict[str, tuple[str, int]]:
    """SQL and violations of the rules of the latest update, none if it had nothing to do."""
    update = pipeline.update().update_id
    events = [event for event in pipeline.events() if event.origin["update_id"] == update]
    sql = {
        rule["name"]: rule["expression"]
        for event in events
        if event.event_type == "dataset_definition"
        for rule in event.details["dataset_definition"].get("expectations") or []
    }
    return {
        rule["name"]: (sql[rule["name"]], rule["failed_records"])
        for event in events
        if event.event_type == "flow_progress"
        for rule in (event.details["flow_progress"].get("data_quality") or {}).get("expectations") or []
    }


def test_an_update_after_a_changed_rule_judges_by_it(pipeline: PipelineProject) -> None:
    pipeline.source("numbers.py", SOURCE)
    file = pipeline.source("rules/main.numbers.yml", RULES)
    pipeline.land("numbers/1.json", [{"value": 1}, {"value": 4}, {"value": 9}])
    assert counted(pipeline) == {"small": ("value < 5", 1)}
    assert counted(pipeline) == {}
    file.write_text(RULES.replace("value < 5", "value < 3"), encoding="utf-8")
    assert counted(pipeline) == {"small": ("value < 3", 2)}


def test_a_rule_file_counts_although_nobody_opened_it(tmp_path: Path) -> None:
    """A module that stays in memory reads its rules once for all updates."""
    (tmp_path / "numbers.py").write_text("import dlt", encoding="utf-8")
    (tmp_path / "rules").mkdir()
    digests = []
    for rules in (RULES, RULES.replace("5", "3"), RULES):
        (tmp_path / "rules/main.numbers.yml").write_text(rules, encoding="utf-8")
        digests.append(project_digest(pipeline_from_folder(tmp_path), (), ()))
    assert digests[0] == digests[2] != digests[1]
