"""Transient errors are tried again as configured, others never; settings of one flow do not leak into others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pathlib import Path
    from pyspark import pipelines as dp

    ATTEMPTS = Path(spark.conf.get("attempts"))


    @dp.table(spark_conf={conf})
    def flaky():
        # Planning evaluates the function once, before the first attempt.
        ATTEMPTS.write_text(ATTEMPTS.read_text() + "x")
        if 1 < len(ATTEMPTS.read_text()) <= 1 + {failures}:
            raise {error}
        return spark.range(1)


    @dp.table
    def sibling():
        return spark.range(2)


    @dp.table
    def dependent():
        return spark.read.table("flaky")
"""


def run(pipeline: PipelineProject, failures: int, error: str = "ConnectionError('reset')", conf: str = "{}") -> str:
    attempts = pipeline.root / "attempts"
    attempts.write_text("")
    pipeline.settings["attempts"] = str(attempts)
    pipeline.source("flaky.py", SOURCE.format(failures=failures, error=error, conf=conf))
    state = pipeline.update().state
    assert pipeline.table("sibling") == [{"id": 0}, {"id": 1}]
    return f"{state} after {len(attempts.read_text()) - 1}"


def statuses(pipeline: PipelineProject, flow: str) -> list[str]:
    last = pipeline.events()[-1].origin["update_id"]
    events = [event for event in pipeline.events() if event.origin["update_id"] == last]
    found = [event for event in events if event.event_type == "flow_progress" and event.origin["flow_name"] == flow]
    return [event.details["flow_progress"]["status"] for event in found]


def test_without_configuration_nothing_is_tried_again(pipeline: PipelineProject) -> None:
    assert run(pipeline, failures=1) == "FAILED after 1"
    assert statuses(pipeline, "flaky")[-1] == "FAILED"
    assert statuses(pipeline, "dependent") == ["QUEUED", "SKIPPED"]


def test_flows_are_tried_again_as_configured(pipeline: PipelineProject) -> None:
    pipeline.settings["pipelines.maxFlowRetryAttempts"] = "2"
    assert run(pipeline, failures=2) == "COMPLETED after 3"
    warnings = [event.message for event in pipeline.events() if event.level == "WARN"]
    assert [message.partition(": /")[0] for message in warnings] == [
        "Flow 'main.flaky' is started again (attempt 2)",
        "Flow 'main.flaky' is started again (attempt 3)",
    ]
    assert all("ConnectionError" in message or "reset" in message for message in warnings)
    assert pipeline.table("dependent") == [{"id": 0}]


def test_the_setting_of_one_flow_wins(pipeline: PipelineProject) -> None:
    conf = '{"pipelines.maxFlowRetryAttempts": "0"}'
    pipeline.settings["pipelines.maxFlowRetryAttempts"] = "2"
    assert run(pipeline, failures=1, conf=conf) == "FAILED after 1"


def test_deterministic_errors_are_not_tried_again(pipeline: PipelineProject) -> None:
    pipeline.settings |= {"pipelines.maxFlowRetryAttempts": "2", "pipelines.numUpdateRetryAttempts": "2"}
    assert run(pipeline, failures=1, error="ValueError('bad')") == "FAILED after 1"


def test_updates_are_tried_again_as_configured(pipeline: PipelineProject) -> None:
    pipeline.settings["pipelines.numUpdateRetryAttempts"] = "1"
    # The second update plans again, because it read a file that the first has changed.
    assert run(pipeline, failures=1) == "COMPLETED after 3"
    causes = [
        event.details["create_update"]["cause"] for event in pipeline.events() if event.event_type == "create_update"
    ]
    assert causes == ["USER_ACTION", "RETRY_ON_FAILURE"]


def test_a_number_of_retries_that_is_none(pipeline: PipelineProject) -> None:
    pipeline.settings["pipelines.numUpdateRetryAttempts"] = "many"
    pipeline.source("one.py", "import dlt\n@dlt.table\ndef one():\n    return spark.range(1)\n")
    with pytest.raises(PipelineError, match=r"'pipelines.numUpdateRetryAttempts' must be a whole number, got 'many'"):
        pipeline.update()


def test_settings_of_a_flow_hold_while_it_runs(pipeline: PipelineProject) -> None:
    pipeline.source(
        "settings.py",
        """
        from pyspark import pipelines as dp
        from pyspark.sql import functions as F

        def zone():
            return spark.sql("SELECT date_format(timestamp_seconds(0), 'HH') AS hour")

        @dp.table(spark_conf={"spark.sql.session.timeZone": "Asia/Tokyo", "pipelines.trigger.interval": "1 minute"})
        def tokyo():
            return zone()

        @dp.table
        def utc():
            return zone()

        @dp.table(spark_conf={"spark.driver.memory": "1g"})
        def too_late():
            return spark.range(1)
        """,
    )
    result = pipeline.update()
    assert pipeline.table("tokyo") == [{"hour": "09"}]
    assert pipeline.table("utc") == [{"hour": "00"}]
    (error,) = result.errors
    assert "'spark_conf' key 'spark.driver.memory' cannot be set" in error
