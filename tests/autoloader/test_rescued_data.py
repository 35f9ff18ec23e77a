"""What does not fit is rescued, however the files are written."""

from __future__ import annotations

import bz2
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tests.autoloader.sources import declare, rows, stream, table

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

RESCUING = {"rescuedDataColumn": "_rescued_data"}
LAX = (
    "allowBackslashEscapingAnyCharacter",
    "allowComments",
    "allowNonNumericNumbers",
    "allowNumericLeadingZeros",
    "allowSingleQuotes",
    "allowUnquotedControlChars",
    "allowUnquotedFieldNames",
)


def test_csv_files_of_every_kind(pipeline: PipelineProject) -> None:
    declared = "id INT, note STRING, _rescued_data STRING"
    declare(
        pipeline,
        table("headless", stream("csv", "headless", schema=declared, options=RESCUING)),
        table(
            "semicolons",
            stream("csv", "semicolons", schema=declared, header=True, sep=";", quote="'", options=RESCUING),
        ),
        table("bars", stream("csv", "bars", schema=declared, header=True, sep="||", options=RESCUING)),
        table("spanning", stream("csv", "spanning", schema=declared, header=True, multiLine=True, options=RESCUING)),
        table(
            "tidied",
            stream(
                "csv",
                "tidied",
                schema="id INT, note STRING, on DATE, _rescued_data STRING",
                header=True,
                comment="#",
                nullValue="-",
                ignoreLeadingWhiteSpace=True,
                ignoreTrailingWhiteSpace=True,
                dateFormat="dd.MM.yyyy",
                options=RESCUING,
            ),
        ),
        table("named", stream("csv", "named", header=True, delimiter="\\t", escape="!")),
    )
    pipeline.land("headless/1.csv", '1,a\ntwo,"b, c"\n3,d,surplus\n4\n')
    pipeline.land("semicolons/1.csv.bz2", bz2.compress(b"note;id\n'it''s; fine';1\n"))
    pipeline.land("bars/1.csv", 'id||note||more\n1||a|b||c\n2||"x||y"||\n')
    pipeline.land(
        "spanning/1.csv", 'id,note\r\n1,"two\nlines, ""quoted"""\r\n2,"back\\" slash"\n\n3,"C:\\dir\\"\n4,plain\n'
    )
    pipeline.land("tidied/1.csv", "# made by hand\nid, note ,on\n1, x ,31.01.2024\n# end\n2,-,2024-01-31\n")
    pipeline.land("named/1.csv", '\ta\ta\t\n1\t"!"2"\t3\t4\t5\n')
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "headless") == [
        (1, "a", None),
        (3, "d", {"_c2": "surplus"}),
        (4, None, None),
        (None, "b, c", {"id": "two"}),
    ]
    assert rows(pipeline, "semicolons") == [(1, "it's; fine", None)]
    assert rows(pipeline, "bars") == [(1, "a|b", {"more": "c"}), (2, "x||y", None)]
    assert rows(pipeline, "spanning") == [
        (1, 'two\nlines, "quoted"', None),
        (2, 'back" slash', None),
        (3, "C:\\dir\\", None),
        (4, "plain", None),
    ]
    assert rows(pipeline, "tidied") == [
        (1, "x", date(2024, 1, 31), None),
        (2, None, None, {"on": "2024-01-31"}),
    ]
    assert [list(row.values())[:4] for row in pipeline.table("named")] == [["1", '"2', "3", "4"]]
    assert list(pipeline.table("named")[0])[:4] == ["_c0", "a", "a2", "_c3"]
    assert rows(pipeline, "named")[0][4] == {"_c4": "5"}


def test_a_long_quoted_value_and_many_lines(pipeline: PipelineProject) -> None:
    declare(pipeline, table("notes", stream("csv", "notes", header=True, multiLine=True)))
    long = 'word ""quoted"" \n' * 20_000
    pipeline.land("notes/1.csv", f'id,note\n1,"{long}"\n' + "2,short\n" * 5_000)
    assert pipeline.update().state == "COMPLETED"
    found = rows(pipeline, "notes")
    assert found[0] == ("1", long.replace('""', '"'), None)
    assert found[1:] == [("2", "short", None)] * 5_000


def test_json_files_of_every_kind(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("spanning", stream("json", "spanning", multiLine=True)),
        table("lax", stream("json", "lax", options=dict.fromkeys(LAX, True))),
        table("timed", stream("json", "timed", schemaHints="at TIMESTAMP", timestampFormat="dd.MM.yyyy HH:mm")),
        table("broken", stream("json", "broken", inferColumnTypes=True)),
        table("marked", stream("json", "broken", columnNameOfCorruptRecord="_bad", schemaHints="_bad STRING")),
        table("separated", stream("json", "separated", lineSep="|")),
    )
    pipeline.land("spanning/1.json", '[\n {"id": 1,\n "note": "x"},\n {"id": 2}\n]')
    pipeline.land("spanning/2.json", '{\n"id": 3\n}\n')
    pipeline.land("lax/1.json", "{id: 007, 'note': 'x\\y\tz', nan: NaN} // why not\n")
    pipeline.land("timed/1.json", '{"at": "31.01.2024 10:30"}\n{"at": "2024-01-31"}')
    pipeline.land("broken/1.json", '{"id": 1}\n{"id": 2,\n[{"z": 1}]\n')
    pipeline.land("separated/1.json", '{"id": 1}|{"id": 2}')
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "spanning") == [("1", "x", None), ("2", None, None), ("3", None, None)]
    assert rows(pipeline, "lax") == [("7", '"NaN"', "xy\tz", None)]
    assert rows(pipeline, "timed") == [
        (None, {"at": "2024-01-31"}),
        (datetime(2024, 1, 31, 10, 30, tzinfo=UTC), None),
    ]
    assert rows(pipeline, "broken") == [
        (1, None),
        (None, {"_corrupt_record": '[{"z": 1}]'}),
        (None, {"_corrupt_record": '{"id": 2,'}),
    ]
    assert rows(pipeline, "marked") == [("1", None, None), (None, '[{"z": 1}]', None), (None, '{"id": 2,', None)]
    assert rows(pipeline, "separated") == [("1", None), ("2", None)]


def test_nested_values_that_do_not_fit(pipeline: PipelineProject) -> None:
    schema = "id INT, at STRUCT<gym: INT, tags: ARRAY<INT>>, sizes MAP<STRING, DOUBLE>, _rescued_data STRING"
    declare(pipeline, table("visits", stream("json", "visits", schema=schema, options=RESCUING)))
    lines = [
        '{"id": 1, "at": {"gym": 5, "tags": [1, 2]}, "sizes": {"a": 1.5}}',
        '{"id": 2, "at": {"gym": "x", "tags": [1, "y"], "door": "N"}, "sizes": {"a": "big", "b": 2}}',
        '{"id": 3, "at": "nowhere", "sizes": null}',
    ]
    pipeline.land("visits/1.json", "\n".join(lines))
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "visits") == [
        (1, {"gym": 5, "tags": [1, 2]}, {"a": 1.5}, None),
        (
            2,
            {"gym": None, "tags": [1, None]},
            {"a": None, "b": 2.0},
            {"at": '{"door":"N","gym":"x","tags":"[\\"y\\"]"}', "sizes": '{"a":"big"}'},
        ),
        (3, None, None, {"at": "nowhere"}),
    ]
