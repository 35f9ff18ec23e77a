"""Every case of `fixtures/cases`: the given rows make exactly the expected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fitness.cases import Case, Tables, case_files, columns_of, in_one_order
from tests.fitness.data_sets import DATA_SETS

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType


@pytest.mark.parametrize("path", case_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(spark: SparkSession, path: Path) -> None:
    case = Case.read(path)
    result = DATA_SETS[case.data_set].query(Tables(spark, case))
    declared = columns_of(case.data_set)
    assert names_and_types(result.schema) == names_and_types(declared)
    expected = case.rows(case.expected, declared)
    assert in_one_order(result.toArrow().to_pylist()) == in_one_order(expected), case.rule


def names_and_types(schema: StructType) -> list[tuple[str, str]]:
    return [(field.name, field.dataType.simpleString()) for field in schema]
