"""The cases of `fixtures/cases` through Spark Connect: the same rows as on local Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fitness.cases import Case, case_files, name_of

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.connect


@pytest.mark.parametrize("path", case_files(), ids=name_of)
def test_case(connect: SparkSession, path: Path) -> None:
    case = Case.read(path)
    made, promised = case.made(connect), case.promised()
    assert made.columns == promised.columns
    assert made.rows == promised.rows, case.rule
