"""Every case of `fixtures/cases`: the given rows make exactly the expected rows, whatever their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql.types import StructType

from tests.fitness.cases import Case, case_files, complete, in_one_order, rows_of
from tests.fitness.data_sets import GIVEN, RESULTS

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


@pytest.mark.parametrize("path", case_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(spark: SparkSession, path: Path) -> None:
    case = Case.read(path)
    schema, data_set = RESULTS[case.data_set]
    assert set(case.given) <= set(GIVEN), "a case gives only tables that exist"
    result = data_set(lambda name: case.table(spark, name, GIVEN[name]))
    expected_schema = StructType.fromDDL(schema)
    assert columns(result.schema) == columns(expected_schema)
    expected = [complete(row, expected_schema, case.defaults) for row in case.expected]
    assert in_one_order(rows_of(result)) == in_one_order(expected), case.rule


def columns(schema: StructType) -> list[tuple[str, str]]:
    return [(field.name, field.dataType.simpleString()) for field in schema]
