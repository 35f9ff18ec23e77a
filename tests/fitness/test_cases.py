"""Every case of `fixtures/cases`: the given rows make exactly the expected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fitness.cases import Case, case_files, name_of

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


@pytest.mark.parametrize("path", case_files(), ids=name_of)
def test_case(spark: SparkSession, path: Path) -> None:
    case = Case.read(path)
    made, promised = case.made(spark), case.promised()
    assert made.columns == promised.columns
    assert made.rows == promised.rows, case.rule
