"""Event hooks are told every stable event, in order, and cannot harm the update."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlt_local import hooks
from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import json
    import threading
    from pyspark import pipelines as dp

    OUT = spark.conf.get("out")


    def write_events(event):
        with open(OUT, "a") as file:
            file.write(json.dumps([event["event_type"], event["details"]]) + "\\n")


    dp.on_event_hook(user_event_hook_fn=write_events)


    @dp.on_event_hook(max_allowable_consecutive_failures=1)
    def broken(event):
        raise ValueError("no room")


    @dp.table
    def numbers():
        return spark.range(3)
"""


def told(file: Path) -> list[str]:
    return [json.loads(line)[0] for line in file.read_text().splitlines()]


def test_hooks_are_told_and_a_broken_one_is_disabled(pipeline: PipelineProject) -> None:
    out = pipeline.root / "events.jsonl"
    pipeline.settings["out"] = str(out)
    pipeline.source("numbers.py", SOURCE)
    assert pipeline.update().state == "COMPLETED"
    events = pipeline.events()
    stable = [event for event in events if event.maturity_level == "STABLE" and event.event_type != "hook_progress"]
    # Hooks exist once the files are loaded; what came before is not told.
    known = [event.event_type for event in stable]
    assert told(out) == known[known.index("dataset_definition") :]
    assert told(out)[-1] == "update_progress"
    assert [event.message for event in events if event.event_type == "hook_progress"][-3:] == [
        "Event hook 'broken' is FAILED: ValueError: no room.",
        "Event hook 'broken' is FAILED: ValueError: no room.",
        "Event hook 'broken' is DISABLED after 2 failures in a row.",
    ]
    # The second update has nothing to do and still tells.
    out.unlink()
    assert pipeline.update().state == "COMPLETED"
    assert told(out)[-1] == "update_progress"


def test_a_slow_hook_does_not_hold_the_update(pipeline: PipelineProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_GRACE_SECONDS", 0.1)
    source = SOURCE.replace('raise ValueError("no room")', "threading.Event().wait(60)")
    pipeline.settings["out"] = str(pipeline.root / "events.jsonl")
    pipeline.source("numbers.py", source)
    assert pipeline.update().state == "COMPLETED"
    (lost,) = [event for event in pipeline.events() if "did not take" in event.message]
    assert lost.level == "WARN"


@pytest.mark.parametrize(
    ("decorator", "function", "message"),
    [
        ("dp.on_event_hook(max_allowable_consecutive_failures=-1)", "def hook(event): ...", "whole number"),
        ("dp.on_event_hook", "def hook(): ...", "must take one argument"),
    ],
)
def test_hooks_that_cannot_be(pipeline: PipelineProject, decorator: str, function: str, message: str) -> None:
    path = pipeline.source("hooks.py", f"from pyspark import pipelines as dp\n@{decorator}\n{function}\n")
    with pytest.raises(PipelineError, match=rf"^{path}:[23]: .*{message}"):
        pipeline.update()
