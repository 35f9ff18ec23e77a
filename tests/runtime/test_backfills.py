"""Append flows with `once`: a batch query whose rows come in a single time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from dlt_local.flows import memory

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    dp.create_streaming_table("logins", expect_all_or_drop={"named": "who IS NOT NULL"})


    @dp.append_flow(target="logins")
    def live():
        return spark.readStream.schema("who STRING").json(spark.conf.get("landing") + "/live")


    @dp.append_flow(target="logins", once=True)
    def history():
        return spark.read.schema("who STRING").json(spark.conf.get("landing") + "/history")
"""


def who(pipeline: PipelineProject) -> list[str]:
    return [row["who"] for row in pipeline.table("logins")]


def test_runs_once_until_a_full_refresh(pipeline: PipelineProject, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.source("logins.py", SOURCE)
    pipeline.land("history/1.json", [{"who": "Ann"}, {"who": None}])
    pipeline.land("live/1.json", [{"who": "Bea"}])
    # The run is killed between its commit and the note that it is done.
    monkeypatch.setattr(memory, "remember", lambda *_: None)
    assert pipeline.update().errors == ()
    assert pipeline.expectations("logins") == {"named": (2, 1)}
    monkeypatch.undo()
    pipeline.land("history/2.json", [{"who": "Cai"}])
    pipeline.land("live/2.json", [{"who": "Dan"}])
    pipeline.update()
    pipeline.update()
    assert who(pipeline) == ["Ann", "Bea", "Dan"]
    assert pipeline.expectations("logins") == {}
    pipeline.update(full_refresh=("logins",))
    assert who(pipeline) == ["Ann", "Bea", "Cai", "Dan"]


def test_a_streaming_query_cannot_run_once(pipeline: PipelineProject) -> None:
    path = pipeline.source("logins.py", SOURCE.replace("spark.read.schema", "spark.readStream.schema"))
    pipeline.land("history/1.json", [{"who": "Ann"}])
    pipeline.land("live/1.json", [{"who": "Bea"}])
    with pytest.raises(PipelineError, match=rf"^{path}:\d+: Flow 'history' is declared with once=True and returns a"):
        pipeline.update()
