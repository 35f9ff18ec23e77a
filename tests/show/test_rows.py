"""Exact text of every type that a Delta table can hold, from real Delta tables."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_local.errors import PipelineError
from dlt_local.show.rows import TableRows
from dlt_local.show.stored_tables import StoredTable

if TYPE_CHECKING:
    from pathlib import Path


def stored(folder: Path, columns: dict[str, pa.Array], **options: Any) -> StoredTable:
    write_deltalake(folder, pa.table(columns), **options)
    return StoredTable(catalog="fitness", schema="silver", table=folder.name, folder=folder)


def one_column(folder: Path, values: list[object], kind: pa.DataType) -> list[str]:
    table = stored(folder, {"n": pa.array(range(len(values)), pa.int32()), "v": pa.array(values, kind)})
    return [line.partition(",")[2] for line in TableRows(table).csv_lines()][1:]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (pa.float64(), [35.003105735835994, 64.63599751459284, 0.1, -0.0], None),
        (pa.float64(), [1.0, 1e16, 1e-7, None], ["1.0", "1e+16", "1e-07", ""]),
        (pa.float64(), [float("nan"), float("inf"), float("-inf")], ["nan", "inf", "-inf"]),
        (pa.float32(), [0.1, 16777216.0], ["0.1", "16777216.0"]),
        (pa.int64(), [9223372036854775807, -9223372036854775808, None], None),
        (pa.int8(), [-128, 127], ["-128", "127"]),
        (pa.bool_(), [True, False, None], ["true", "false", ""]),
        (pa.decimal128(10, 2), [Decimal("1.50"), Decimal("-0.05")], ["1.50", "-0.05"]),
        (pa.decimal128(38, 6), [Decimal("12345678901234567890.123456")], ["12345678901234567890.123456"]),
        (pa.date32(), [date(1899, 12, 31), date(2026, 1, 2)], ["1899-12-31", "2026-01-02"]),
        (pa.binary(), [b"\x00\xff", b"", None], ["AP8=", '""', ""]),
        (pa.string(), ["plain", "", None, " blanks "], ["plain", '""', "", " blanks "]),
        (pa.string(), ["a,b", 'say "hi"', "Zoë"], ['"a,b"', '"say ""hi"""', "Zoë"]),
        (pa.list_(pa.int64()), [[1, 2], [], None, [None]], ['"[1,2]"', "[]", "", "[null]"]),
    ],
)
def test_csv_text_of_a_value(tmp_path: Path, kind: pa.DataType, values: list[object], expected: list[str]) -> None:
    wanted = expected or ["" if value is None else repr(value) for value in values]
    assert one_column(tmp_path / "t", values, kind) == wanted


def test_times_are_utc_and_keep_microseconds_only_if_there_are_any(tmp_path: Path) -> None:
    moments: list[object] = [
        datetime(2023, 3, 11, 8, 5, tzinfo=UTC),
        datetime(2023, 3, 11, 8, 5, 0, 120000, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        None,
    ]
    expected = ["2023-03-11T08:05:00Z", "2023-03-11T08:05:00.120000Z", "1969-12-31T23:59:59.999999Z", ""]
    assert one_column(tmp_path / "t", moments, pa.timestamp("us", "UTC")) == expected


def test_times_without_zone_have_no_z(tmp_path: Path) -> None:
    assert one_column(tmp_path / "t", [datetime(2023, 3, 11, 8, 5)], pa.timestamp("us")) == [  # noqa: DTZ001
        "2023-03-11T08:05:00"
    ]


NESTED = pa.struct(
    [
        ("at", pa.timestamp("us", "UTC")),
        ("bpm", pa.float32()),
        ("tags", pa.list_(pa.string())),
        ("by key", pa.map_(pa.string(), pa.struct([("x", pa.float64())]))),
        ("raw", pa.binary()),
    ]
)


def nested_value() -> dict[str, object]:
    return {
        "at": datetime(2023, 3, 11, 8, 5, tzinfo=UTC),
        "bpm": 0.1,
        "tags": ['a"b', None],
        "by key": [("k", {"x": float("nan")}), ("l", None)],
        "raw": b"\x00\xff",
    }


def test_nested_values_are_json_with_the_same_text_inside(tmp_path: Path) -> None:
    table = stored(tmp_path / "t", {"v": pa.array([nested_value(), None], NESTED)})
    lines = list(TableRows(table).csv_lines())
    text = (
        '{"at":"2023-03-11T08:05:00Z","bpm":0.1,"tags":["a\\"b",null],"by key":{"k":{"x":"nan"},"l":null},"raw":"AP8="}'
    )
    assert lines == ["v", '"' + text.replace('"', '""') + '"', ""]


def test_json_objects_keep_numbers_booleans_and_nulls(tmp_path: Path) -> None:
    columns = {
        "id": pa.array([9007199254740993], pa.int64()),
        "ok": pa.array([True]),
        "bpm": pa.array([35.003105735835994]),
        "odd": pa.array([float("inf")]),
        'say "x"': pa.array([None], pa.string()),
        "day": pa.array([date(2026, 1, 2)]),
        "price": pa.array([Decimal("1.50")], pa.decimal128(10, 2)),
        "all": pa.array([nested_value()], NESTED),
    }
    (line,) = TableRows(stored(tmp_path / "t", columns)).json_objects()
    assert json.loads(line) == {
        "id": 9007199254740993,
        "ok": True,
        "bpm": 35.003105735835994,
        "odd": "inf",
        'say "x"': None,
        "day": "2026-01-02",
        "price": 1.5,
        "all": {
            "at": "2023-03-11T08:05:00Z",
            "bpm": 0.1,
            "tags": ['a"b', None],
            "by key": {"k": {"x": "nan"}, "l": None},
            "raw": "AP8=",
        },
    }


def test_rows_come_in_the_order_of_all_columns_whatever_files_hold_them(tmp_path: Path) -> None:
    rows = [(2, "b"), (1, None), (1, "a"), (None, "z"), (10, "a")]
    expected = ["k,v", "1,a", "1,", "2,b", "10,a", ",z"]
    for name, parts in {"one": [rows], "many": [[row] for row in reversed(rows)]}.items():
        for part in parts:
            columns = {
                "k": pa.array([k for k, _ in part], pa.int64()),
                "v": pa.array([v for _, v in part], pa.string()),
            }
            table = stored(tmp_path / name, columns, mode="append")
        assert list(TableRows(table).csv_lines()) == expected


def test_partition_columns_stay_where_the_schema_has_them(tmp_path: Path) -> None:
    table = stored(tmp_path / "t", {"topic": pa.array(["a", "b"]), "n": pa.array([1, 2])}, partition_by=["topic"])
    assert list(TableRows(table).csv_lines()) == ["topic,n", "a,1", "b,2"]


def test_limit_and_where(tmp_path: Path) -> None:
    table = stored(tmp_path / "t", {"n": pa.array(range(10))})
    some = TableRows(table, where="n % 2 = 1 -- odd ones", limit=2)
    assert list(some.text()) == [("1",), ("3",)]
    assert some.count() == 5


def test_where_compares_times_in_utc(tmp_path: Path) -> None:
    hours = [datetime(2023, 3, 11, hour, tzinfo=UTC) for hour in (7, 8, 9)]
    table = stored(tmp_path / "t", {"login": pa.array(hours, pa.timestamp("us", "UTC"))})
    assert list(TableRows(table, where="login >= '2023-03-11 08:00'").text()) == [
        ("2023-03-11T08:00:00Z",),
        ("2023-03-11T09:00:00Z",),
    ]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("bmp > 1", 'Candidate bindings: "bpm"'),
        ("bpm >", "syntax error"),
        ("bpm IN (SELECT 1 FROM read_csv('/etc/passwd'))", "disabled"),
    ],
)
def test_a_wrong_where_is_one_line_that_names_the_reason(tmp_path: Path, where: str, message: str) -> None:
    table = stored(tmp_path / "heart_rate", {"bpm": pa.array([1.0])})
    with pytest.raises(PipelineError, match=r"Cannot read fitness\.silver\.heart_rate") as caught:
        list(TableRows(table, where=where).csv_lines())
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_damaged_table_is_an_error_that_names_it(tmp_path: Path) -> None:
    table = stored(tmp_path / "t", {"n": pa.array([1])})
    for file in table.folder.glob("*.parquet"):
        file.unlink()
    with pytest.raises(PipelineError, match=r"Cannot read fitness\.silver\.t"):
        list(TableRows(table).csv_lines())


def test_deleted_rows_and_old_versions_are_not_shown(tmp_path: Path) -> None:
    table = stored(tmp_path / "t", {"n": pa.array([1, 2, 3])})
    DeltaTable(table.folder).delete("n = 2")
    assert list(TableRows(table).csv_lines()) == ["n", "1", "3"]


def test_an_empty_table_has_a_header(tmp_path: Path) -> None:
    table = stored(tmp_path / "t", {"a b": pa.array([], pa.int64()), 'c"d': pa.array([], pa.string())})
    assert list(TableRows(table).csv_lines()) == ['a b,"c""d"']


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_csv_reads_back_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, str]]) -> None:
    columns = {"d": pa.array([d for d, _ in rows], pa.float64()), "s": pa.array([s for _, s in rows], pa.string())}
    table = stored(tmp_path_factory.mktemp("table") / "t", columns)
    text = "\n".join(TableRows(table).csv_lines()) + "\n"
    read = [(float(d), s) for d, s in list(csv.reader(io.StringIO(text, newline="")))[1:]]
    assert sorted(read) == sorted(rows)
