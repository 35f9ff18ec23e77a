"""The report as test results."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from dlt_local.quality import junit_text, quality_report
from tests.quality.log_of_updates import Log
from tests.quality.test_counts import POSITIVE, SMALL, VIOLATION, ten_numbers

# Tags that may stand in a tag, and its attributes, as Jenkins' and pytest's schemas agree on them.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"properties", "failure", "error", "skipped"},
    "properties": {"property"},
}
REQUIRED = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"name", "classname", "time"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}


def assert_common_shape(element: ET.Element) -> None:
    assert set(element.attrib) == REQUIRED.get(element.tag, set())
    assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    if element.tag in {"testsuites", "testsuite"}:
        cases = list(element.iter("testcase"))
        assert int(element.attrib["tests"]) == len(cases)
        assert int(element.attrib["failures"]) == sum(case.find("failure") is not None for case in cases)
        assert int(element.attrib["errors"]) == sum(case.find("error") is not None for case in cases)
    for child in element:
        assert_common_shape(child)


def cases(log: Log, fail_under: float | None = None) -> dict[tuple[str, str], str]:
    root = ET.fromstring(junit_text(quality_report(log.events, fail_under=fail_under)))  # noqa: S314 - it is our own
    assert_common_shape(root)
    return {
        (case.attrib["classname"], case.attrib["name"]): next(
            (child.tag for child in case if child.tag != "properties"), "passed"
        )
        for case in root.iter("testcase")
    }


def test_the_whole_text() -> None:
    log = Log().start("u1").defines(("big", "n < 8 & 'x'", "DROP")).batch({"big": (3, 1)}, rows=3, dropped=1)
    text = junit_text(quality_report(log.status("COMPLETED").state("COMPLETED").events, fail_under=0.9))
    # printf "silver.numbers\nbig\nn < 8 & 'x'\nDROP" | sha256sum
    fingerprint = "2877e700c2005043589caa174fb044faf86fdaf8b0b48024b4c9fa86df4e3deb"
    expected = f"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lakehouse" time="6.000" tests="2" failures="1" errors="0">
  <testsuite name="update u1" tests="1" failures="0" errors="0" skipped="0" time="0" timestamp="2026-04-14T06:00:00">
    <testcase name="update and its flows" classname="update u1" time="0">
      <properties>
        <property name="state" value="COMPLETED" />
        <property name="source" value="databricks" />
        <property name="rows_in" value="4" />
        <property name="rows_out" value="3" />
        <property name="rows_dropped" value="1" />
        <property name="fail_under" value="0.9" />
      </properties>
    </testcase>
  </testsuite>
  <testsuite name="silver.numbers" tests="1" failures="1" errors="0" skipped="0" time="0" timestamp="2026-04-14T06:00:00">
    <testcase name="big" classname="silver.numbers" time="0">
      <properties>
        <property name="update_id" value="u1" />
        <property name="flow_name" value="fitness.silver.numbers" />
        <property name="status" value="failed" />
        <property name="passed" value="3" />
        <property name="failed" value="1" />
        <property name="failed_rate" value="0.25" />
        <property name="counted" value="new_rows" />
        <property name="action" value="DROP" />
        <property name="constraint_sql" value="n &lt; 8 &amp; 'x'" />
        <property name="rule_fingerprint" value="{fingerprint}" />
      </properties>
      <failure message="Rule 'big' of silver.numbers is passed by 75.00% of 4 rows in flow 'fitness.silver.numbers', \
90.00% are asked for" type="breach">Rule 'big' of silver.numbers is passed by 75.00% of 4 rows in flow \
'fitness.silver.numbers', 90.00% are asked for
n &lt; 8 &amp; 'x'
1 of 4 new rows</failure>
    </testcase>
  </testsuite>
</testsuites>
"""  # noqa: E501 - the text as it is
    assert text == expected


def test_only_a_breach_fails_a_case() -> None:
    assert cases(ten_numbers(), fail_under=0.9) == {
        ("update u1", "update and its flows"): "passed",
        ("silver.numbers", "positive"): "passed",
        ("silver.numbers", "small"): "failure",
    }
    assert set(cases(ten_numbers()).values()) == {"passed"}


def test_a_rule_that_judged_nothing_is_skipped_and_nothing_judged_at_all_is_an_error() -> None:
    log = Log().start("u1").defines(POSITIVE, SMALL).batch({"positive": (1, 0)}).status("COMPLETED").state("COMPLETED")
    assert list(cases(log).values()) == ["passed", "passed", "skipped"]
    empty = Log().start("u1").defines(POSITIVE).status("COMPLETED").state("COMPLETED")
    assert list(cases(empty).values()) == ["error", "skipped"]
    assert cases(Log().start("u1")) == {("update u1", "update and its flows"): "error"}


def test_an_update_that_failed_by_itself_fails_its_own_case() -> None:
    log = ten_numbers().state("FAILED", error=["no such table"])
    assert list(cases(log).values()) == ["failure", "passed", "passed"]


def test_a_rule_that_stopped_its_flow_fails() -> None:
    log = Log().start("u1").defines(("c", "n > 1", "FAIL"))
    log.status("FAILED", error=[VIOLATION.format(names="c")]).state("FAILED")
    assert cases(log)["silver.numbers", "c"] == "failure"
    assert "Ada" not in junit_text(quality_report(log.events))


def test_a_rule_in_two_flows_is_two_cases() -> None:
    log = Log().start("u1").defines(POSITIVE, flow="a").flow("fitness.silver.numbers", "b")
    log.batch({"positive": (1, 0)}, flow="a").batch({"positive": (1, 0)}, flow="b").state("COMPLETED")
    assert [name for _, name in cases(log)] == ["update and its flows", "positive in flow a", "positive in flow b"]


def test_what_xml_cannot_write_is_replaced() -> None:
    name = "<b>\x00\x1b\"' & ]]>"
    log = Log().start("u1").defines((name, "n > 0", "ALLOW")).batch({name: (0, 1)}).state("COMPLETED")
    assert ("silver.numbers", "<b>\ufffd\ufffd\"' & ]]>") in cases(log, fail_under=1)
