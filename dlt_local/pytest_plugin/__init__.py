"""The pytest plugin: a `pipeline` fixture that runs a pipeline on real Spark and Delta in temporary folders.

def test_blank_names_are_dropped(pipeline):
    pipeline.land("people/1.json", [{"id": 1, "name": ""}, {"id": 2, "name": "Ann"}])
    pipeline.update()
    assert pipeline.table("people") == [{"id": 2, "name": "Ann"}]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dlt_local.kafka.fixture import kafka
from dlt_local.pytest_plugin.chosen_pipeline import PipelineChoice
from dlt_local.pytest_plugin.project import PipelineProject
from dlt_local.pytest_plugin.row_difference import explain_difference
from dlt_local.pytest_plugin.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from dlt_local.update import UpdateResult

__all__ = ["PipelineProject", "Rows", "kafka"]

_FAILURES = pytest.StashKey[list["UpdateResult"]]()
_OPTIONS = {
    "pipeline": "The pipeline under test: folder of a bundle, a spark-pipeline.yml, or a folder of source files.",
    "name": "Key of the pipeline in the bundle, if it has several.",
    "target": "Target of the bundle.",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Each choice on the command line and in the configuration file."""
    group = parser.getgroup("dlt_local", "pipelines run by dlt_local")
    for option, text in _OPTIONS.items():
        group.addoption(f"--dlt-local-{option}", help=text)
        parser.addini(f"dlt_local_{option}", text)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; nothing of Spark is loaded before the first update."""
    config.stash[_FAILURES] = []
    config.addinivalue_line(
        "markers", "pipeline(path=None, *, name=None, target=None): the pipeline that the `pipeline` fixture runs"
    )


@pytest.fixture
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> PipelineProject:
    """The repository's pipeline, or one written with `source`, with a landing folder and state of its own."""
    marker = request.node.get_closest_marker("pipeline")
    choice = _marked(*marker.args, **marker.kwargs) if marker else PipelineChoice()
    return _project(request.config, tmp_path, choice)


@pytest.fixture(scope="session")
def new_pipeline(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., PipelineProject]:
    """Makes further projects, each with folders of its own, for fixtures of any scope; takes what the marker takes."""

    def make(path: str | Path | None = None, *, name: str | None = None, target: str | None = None) -> PipelineProject:
        return _project(request.config, tmp_path_factory.mktemp("pipeline"), _marked(path, name=name, target=target))

    return make


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Which rows are missing, unexpected or different, for `table(...) == [...]`."""
    if op != "==" or not isinstance(left, list) or not isinstance(right, list):
        return None
    if isinstance(left, Rows):
        return explain_difference(left, right)
    return explain_difference(right, left) if isinstance(right, Rows) else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Updates that failed before this test are not its business."""
    item.config.stash[_FAILURES].clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failed test why its updates failed."""
    report = yield
    if report.failed:
        for result in item.config.stash[_FAILURES]:
            report.sections.append((f"Pipeline update is {result.state}", "\n".join(result.errors)))
    return report


def _marked(path: str | Path | None = None, *, name: str | None = None, target: str | None = None) -> PipelineChoice:
    return PipelineChoice(None if path is None else Path(path), name, target)


def _project(config: pytest.Config, root: Path, choice: PipelineChoice) -> PipelineProject:
    known = choice.or_else(_given(config.getoption, "--dlt-local-{}", config.invocation_params.dir))
    known = known.or_else(_given(config.getini, "dlt_local_{}", config.rootpath))
    return PipelineProject(root, choice=known.below(config.rootpath), on_failure=config.stash[_FAILURES].append)


def _given(read: Callable[[str], Any], spelling: str, folder: Path) -> PipelineChoice:
    path, name, target = (read(spelling.format(option)) or None for option in _OPTIONS)
    return PipelineChoice(folder / path if path else None, name, target)
