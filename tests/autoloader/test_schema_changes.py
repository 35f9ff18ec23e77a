"""Schemas alone: hints, new fields at any depth, wider types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.autoloader.schema_changes import changed_by
from dlt_local.autoloader.schema_hints import with_hints
from dlt_local.errors import DefinitionError
from dlt_local.graph.table_ddl import parsed_ddl

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

pytestmark = pytest.mark.usefixtures("spark")


def _schema(ddl: str) -> StructType:
    return parsed_ddl(ddl)


INFERRED = "id BIGINT, at STRUCT<gym: BIGINT>, tags ARRAY<BIGINT>, sizes MAP<STRING, BIGINT>"


@pytest.mark.parametrize(
    ("hints", "before", "after"),
    [
        ("", "id BIGINT", "id BIGINT"),
        ("ID int", "id BIGINT", "id INT"),
        ("at.gym INT, at.door STRING", "<gym: BIGINT>", "<gym: INT, door: STRING>"),
        ("tags.element: INT", "ARRAY<BIGINT>", "ARRAY<INT>"),
        ("sizes.value DECIMAL(5, 2), sizes.key STRING", "MAP<STRING, BIGINT>", "MAP<STRING, DECIMAL(5, 2)>"),
        ("new.inner DATE, `odd name` INT", "T>, s", "T>, s"),
    ],
)
def test_hints_win_over_the_inferred_schema(hints: str, before: str, after: str) -> None:
    expected = INFERRED.replace(before, after) + (", new STRUCT<inner: DATE>, `odd name` INT" if "odd" in hints else "")
    assert with_hints(_schema(INFERRED), hints).simpleString() == _schema(expected).simpleString()


@pytest.mark.parametrize(
    ("hints", "message"),
    [
        ("id", "'id' in 'cloudFiles.schemaHints' is no column with a type. Write name TYPE"),
        ("id WHATEVER", "Type 'WHATEVER' in 'cloudFiles.schemaHints' cannot be parsed"),
        ("id.inner INT", "Hint 'id.inner INT' leads into a column of type string. Hint the type of the whole"),
    ],
)
def test_hints_that_cannot_be_followed(hints: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        with_hints(_schema("id STRING"), hints)


def test_new_fields_go_to_the_end_of_their_struct() -> None:
    known = _schema("id BIGINT, at STRUCT<gym: BIGINT>, all ARRAY<STRUCT<a: INT>>")
    found = _schema("note STRING, AT STRUCT<door: STRING>, all ARRAY<STRUCT<b: INT>>, id STRING")
    changes = changed_by(known, found, widening=False)
    assert (changes.added, changes.widened) == (("at.door", "all.b", "note"), ())
    expected = "id BIGINT, at STRUCT<gym: BIGINT, door: STRING>, all ARRAY<STRUCT<a: INT, b: INT>>, note STRING"
    assert changes.schema.simpleString() == _schema(expected).simpleString()


@pytest.mark.parametrize(
    ("known", "found", "expected"),
    [
        ("INT", "BIGINT", "BIGINT"),
        ("INT", "DOUBLE", "DOUBLE"),
        ("BIGINT", "DOUBLE", "DOUBLE"),
        ("FLOAT", "DOUBLE", "DOUBLE"),
        ("INT", "DECIMAL(5,2)", "DECIMAL(12,2)"),
        ("DECIMAL(5,2)", "DECIMAL(7,3)", "DECIMAL(7,3)"),
        ("DECIMAL(7,3)", "DECIMAL(5,2)", "DECIMAL(7,3)"),
        ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_NTZ"),
        ("BIGINT", "INT", "BIGINT"),
        ("INT", "STRING", "INT"),
        ("STRING", "INT", "STRING"),
        ("DECIMAL(38,0)", "DECIMAL(5,2)", "DECIMAL(38,0)"),
    ],
)
def test_types_only_get_wider(known: str, found: str, expected: str) -> None:
    changes = changed_by(_schema(f"a {known}"), _schema(f"a {found}"), widening=True)
    assert changes.schema.simpleString() == _schema(f"a {expected}").simpleString()
    assert changes.widened == (() if known == expected else ("a",))
