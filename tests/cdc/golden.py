"""Reads the cases of AUTO CDC and makes a pipeline of them: cases with equal options share a target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "auto_cdc"
_EVENT = re.compile(r"(?:(?P<key>[\w-]+):)?(?P<op>[UDTX])(?:\((?P<row>.*?)\))?@(?P<seq>\d+)")
_ROW = re.compile(
    r"(?:(?P<key>[\w-]+):)?(?:\((?P<row>.*?)\)|(?P<value>\w+))(?:\[(?P<start>\w+),(?P<end>\d*)\))?(?=\s|$)"
)
_HEADER = """
    from pyspark import pipelines as dp

    LANDING = spark.conf.get("landing")
"""
_SOURCE = """
    @dp.temporary_view
    def {name}_changes():
        return spark.readStream.schema("id STRING, {columns}, seq INT, op STRING").json(f"{{LANDING}}/{name}")
"""
_FLOW = """
    dp.create_streaming_table("{target}")
    dp.create_auto_cdc_flow("{target}", "{name}_changes", ["id"], stored_as_scd_type={scd_type}, **{options})
"""
DELETES, TRUNCATES = "op IN ('D', 'X')", "op IN ('T', 'X')"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One history; expected rows per update, None for an update that nothing is said about."""

    name: str
    updates: list[list[Row]]
    expected: dict[int, list[list[Row] | None]]

    @property
    def keys(self) -> set[str]:
        return {event["id"] for update in self.updates for event in update if event["id"] is not None}


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that share a source and the targets `<name>_1` and `<name>_2`."""

    name: str
    columns: dict[str, str]
    options: dict[str, Any]
    cases: list[Case]

    @property
    def scd_types(self) -> list[int]:
        return sorted({scd_type for case in self.cases for scd_type in case.expected})

    def source(self) -> str:
        columns = ", ".join(f"`{name}` {data_type}" for name, data_type in self.columns.items())
        flows = [
            _FLOW.format(target=f"{self.name}_{scd_type}", name=self.name, scd_type=scd_type, options=self.options)
            for scd_type in self.scd_types
        ]
        return _SOURCE.format(name=self.name, columns=columns) + "".join(flows)


def groups() -> list[Group]:
    return [group for file in sorted(FOLDER.glob("*.yaml")) for group in _groups(file)]


def pipeline_source(found: list[Group]) -> str:
    return _HEADER + "".join(group.source() for group in found)


def _groups(file: Path) -> list[Group]:
    text = yaml.safe_load(file.read_text(encoding="utf-8"))
    unknown = set(text) - {"columns", "kept", "named", "options", "alone", "events", "cases"}
    assert not unknown, (file, unknown)
    found: dict[str, Group] = {}
    for name, case in text["cases"].items():
        unknown = set(case) - {"events", "scd1", "scd2", "options"}
        assert not unknown, (file, name, unknown)
        options = _options(text, case)
        alone = name if text.get("alone") else repr(options)
        label = f"{file.stem}_{len(found)}"
        group = found.setdefault(alone, Group(label, {**text["columns"], **text.get("named", {})}, options, []))
        group.cases.append(_case(name, case, text, options))
    return list(found.values())


def _options(text: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    options = {
        "sequence_by": "seq",
        "apply_as_deletes": DELETES,
        "except_column_list": ["op", "seq", *text.get("named", {})],
        **text.get("options", {}),
    }
    if {"ignore_null_updates_column_list", "ignore_null_updates_except_column_list"} & set(case.get("options", {})):
        options.pop("ignore_null_updates", None)
    if re.search(r"\b[TX]@", case["events"]):
        options["apply_as_truncates"] = TRUNCATES
    return {**options, **case.get("options", {})}


def _case(name: str, case: dict[str, Any], text: dict[str, Any], options: dict[str, Any]) -> Case:
    source = [*text["columns"], *text.get("named", {})]
    dropped = {*options["except_column_list"], *text.get("named", {})}
    shown = [column for column in text["columns"] if column not in dropped] + text.get("kept", [])
    updates = [_events(name, events, source) for events in case["events"].split("|")]
    expected = {
        scd_type: _expected(name, case[f"scd{scd_type}"], shown, scd_type)
        for scd_type in (1, 2)
        if f"scd{scd_type}" in case
    }
    return Case(name, updates, expected)


def _events(case: str, text: str, columns: list[str]) -> list[Row]:
    found = list(_EVENT.finditer(text))
    assert not _EVENT.sub("", text).strip(), (case, text)
    events = []
    for match in found:
        values = yaml.safe_load(f"[{match['row']}]") if match["row"] else [None] * len(columns)
        assert len(values) == len(columns), (case, match[0])
        row = dict(zip(columns, values, strict=True))
        key = None if match["op"] == "T" else match["key"] or case
        events.append({"id": key, "seq": int(match["seq"]), "op": match["op"], **row})
    return events


def _expected(case: str, text: str | list[str], columns: list[str], scd_type: int) -> list[list[Row] | None]:
    if isinstance(text, list):
        return [_rows(case, rows, columns, scd_type) for rows in text]
    return [None, _rows(case, text, columns, scd_type)]


def _rows(case: str, text: str, columns: list[str], scd_type: int) -> list[Row]:
    found = list(_ROW.finditer(text))
    assert not _ROW.sub("", text).strip(), (case, text)
    rows = []
    for match in found:
        values = yaml.safe_load(f"[{match['row'] or match['value']}]")
        if values == [None]:
            values = [None] * len(columns)
        assert len(values) == len(columns), (case, match[0])
        row = {"id": match["key"] or case, **dict(zip(columns, values, strict=True))}
        if scd_type == 2:
            assert match["start"], (case, match[0])
            row["__START_AT"] = None if match["start"] == "NULL" else int(match["start"])
            row["__END_AT"] = int(match["end"]) if match["end"] else None
        rows.append(row)
    return rows
