"""No source of the pipeline uses what Spark Connect, and with it serverless compute, lacks."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PIPELINES = Path(__file__).parents[2] / "dlt_pipelines"
MODULES = sorted(PIPELINES.rglob("*.py"))
# Java's objects, RDDs and the context behind the session.
ABSENT = {"_jvm", "_jdf", "_jc", "_jsc", "_jsparkSession", "_sc", "_to_java_column", "rdd", "sparkContext"}
ABSENT_NAMES = {"RDD", "SQLContext", "SparkConf", "SparkContext", "HiveContext"}
# They outlive the function that makes them; a pipeline's functions run in any order, and more than once.
TEMPORARY_VIEWS = {
    "createGlobalTempView",
    "createOrReplaceGlobalTempView",
    "createOrReplaceTempView",
    "createTempView",
    "registerTempTable",
}
SETTING = {"set", "unset"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PIPELINES)))
def test_a_module_uses_nothing_that_spark_connect_lacks(path: Path) -> None:
    assert not list(absent_uses(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        ("rows = frame.rdd.map(len)", "rdd"),
        ("spark.sparkContext.setLogLevel('WARN')", "sparkContext"),
        ("spark._jvm.java.lang.System.gc()", "_jvm"),
        ("plan = frame._jdf.queryExecution()", "_jdf"),
        ("from pyspark import SparkContext", "SparkContext"),
        ("context: SparkContext | None = None", "SparkContext"),
        ("spark.conf.set('spark.sql.shuffle.partitions', 2)", "conf.set"),
        ("frame.sparkSession.conf.unset('spark.sql.ansi.enabled')", "conf.unset"),
        ("frame.createOrReplaceTempView('visits')", "createOrReplaceTempView"),
        ("spark.sql('create or replace\\ttemporary view visits as select 1')", "temporary view"),
        ("spark.sql('SET spark.sql.ansi.enabled = true')", "SET"),
    ],
)
def test_a_planted_use_is_found(mistake: str, found: str) -> None:
    assert list(absent_uses(f"import datetime\n{mistake}\n")) == [f"line 2: {found}"]


def test_a_setting_is_read_and_a_word_is_no_statement() -> None:
    assert not list(absent_uses("value = spark.conf.get('a')\nsettings.set('b')\nnote = 'a set of temporary rows'\n"))


def absent_uses(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        for what in absent_in(node):
            yield f"line {getattr(node, 'lineno', '?')}: {what}"


def absent_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        if node.attr in ABSENT | TEMPORARY_VIEWS:
            yield node.attr
        if node.attr in SETTING and isinstance(node.value, ast.Attribute) and node.value.attr == "conf":
            yield f"conf.{node.attr}"
    elif isinstance(node, ast.Name) and node.id in ABSENT_NAMES:
        yield node.id
    elif isinstance(node, ast.ImportFrom):
        yield from sorted({alias.name for alias in node.names} & ABSENT_NAMES)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from absent_statement(node.value)


def absent_statement(text: str) -> Iterator[str]:
    """A SQL text that begins with a temporary view or a setting."""
    words = text.upper().split()
    if words[:1] == ["CREATE"] and {"TEMP", "TEMPORARY"} & set(words[1:5]) and "VIEW" in words[1:6]:
        yield "temporary view"
    if words[:1] == ["SET"] and "=" in text:
        yield "SET"
