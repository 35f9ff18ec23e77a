"""Every example of the page on testing runs as it stands, in the project of the page before it."""

from __future__ import annotations

import re
from fnmatch import filter as matching

import pytest

# Loaded before pytester looks, so that it does not unload it with the modules of the inner suites.
import dlt_local.update
from tests.house.documents import DOCS, files_shown, write_files

assert dlt_local.update

PAGE = "testing.md"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    write_files(files_shown("use_in_your_repository.md"), pytester.path)
    return pytester


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_examples_pass(project: pytest.Pytester) -> None:
    files = files_shown(PAGE)
    shown = (DOCS / PAGE).read_text("utf-8").count("def test_")
    assert sum(text.count("def test_") for text in files.values()) == shown
    del files["tests/test_that_fails.py"]
    write_files(files, project.path)
    # Without the one that fails, and with the one of the project.
    project.runpytest_inprocess("-q", "tests", "-W", "error").assert_outcomes(passed=shown)


@pytest.mark.usefixtures("spark")
def test_the_failure_reads_as_shown(project: pytest.Pytester) -> None:
    write_files({"tests/test_that_fails.py": files_shown(PAGE)["tests/test_that_fails.py"]}, project.path)
    shown = re.search(r"^```text\n(.*?)^```$", (DOCS / PAGE).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert shown

    result = project.runpytest_inprocess("-q", "tests/test_that_fails.py")

    result.assert_outcomes(failed=1)
    assert matching(result.outlines, "E  *") == shown[1].splitlines()
