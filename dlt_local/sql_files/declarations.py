"""Turns SQL statements into the calls of the Python API that mean the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dlt_local.api import datasets, expectations, flows
from dlt_local.errors import DefinitionError, UnsupportedError
from dlt_local.source_location import SourceLocation, located_at
from dlt_local.sql_files.words import Words, statements

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from dlt_local.api.definitions import QueryFunction

_SUBSTITUTION = re.compile(r"\$\{([^}]+)\}")
_CLAUSES_OF_CDC = ("IGNORE", "APPLY", "SEQUENCE", "COLUMNS", "STORED", "TRACK")
_ACTIONS = {"": "expect", "DROP ROW": "expect_or_drop", "FAIL UPDATE": "expect_or_fail"}

_ALL = {"expect": "expect_all", "expect_or_drop": "expect_all_or_drop", "expect_or_fail": "expect_all_or_fail"}


def declare_file(file: Path, spark: SparkSession) -> None:
    """Declare everything in a SQL file; errors name the file and the line."""
    values: dict[str, str] = {}
    text = file.read_text(encoding="utf-8-sig")
    for words in statements(text, file):
        with located_at(words.where):
            _Statement(words, spark, values).declare()


@dataclass
class _Clauses:
    """What stands between the name of a table or view and its query."""

    columns: str | None = None
    rules: dict[str, dict[str, str]] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Statement:
    words: Words
    spark: SparkSession
    values: dict[str, str]

    def declare(self) -> None:
        words = self.words
        if words.accept("SET"):
            self._set()
        elif words.accept("APPLY", "CHANGES", "INTO") or words.accept("AUTO", "CDC", "INTO"):
            self._change_flow(name=None, once=False)
        elif words.accept("CREATE"):
            words.accept("OR", "REFRESH")
            words.accept("OR", "REPLACE")
            self._create()
        else:
            raise words.error("expected CREATE, SET or APPLY CHANGES INTO")
        if not words.is_done:
            raise words.error("expected the end of the statement")

    def _set(self) -> None:
        key = self.words.name()
        self.words.expect("=")
        self.values[key] = self.words.until().strip("'\"")

    def _create(self) -> None:
        words = self.words
        if words.accept("FLOW"):
            self._flow(words.name())
            return
        private = words.accept("PRIVATE")
        is_view = words.accept("TEMPORARY") or words.accept("TEMP")
        is_stream = words.accept("STREAMING")
        words.accept("LIVE")
        if words.accept("VIEW"):
            self._view()
        elif words.accept("MATERIALIZED", "VIEW"):
            self._table(is_stream=False, private=private)
        elif words.accept("TABLE") and not is_view:
            self._table(is_stream=is_stream, private=private)
        else:
            raise words.error("expected STREAMING TABLE, MATERIALIZED VIEW, TEMPORARY VIEW or FLOW")

    def _view(self) -> None:
        name = self.words.name()
        clauses = self._clauses()
        self.words.expect("AS")
        comment = clauses.arguments.get("comment")
        if clauses.columns is not None or set(clauses.arguments) - {"comment"}:
            raise UnsupportedError("SQL: a view takes only constraints, a comment and a query", where=self.words.where)
        datasets.temporary_view(_ruled(self._query(name), clauses), name=name, comment=comment)

    def _table(self, *, is_stream: bool, private: bool) -> None:
        self.words.accept("IF", "NOT", "EXISTS")
        name = self.words.name()
        clauses = self._clauses()
        given = {**clauses.arguments, "name": name, "schema": clauses.columns}
        may_be_empty = is_stream and not private
        has_query = self.words.accept("AS")
        if not (has_query or may_be_empty):
            raise self.words.error("expected AS")
        if private:
            datasets.table(_ruled(self._query(name), clauses), private=True, **given)
        elif not is_stream:
            datasets.materialized_view(_ruled(self._query(name), clauses), **given)
        else:
            rules: dict[str, Any] = {_ALL[action]: found for action, found in clauses.rules.items()}
            datasets.create_streaming_table(**given, **rules)
            if has_query:
                flows.append_flow(name=name, target=name)(self._query(name))

    def _flow(self, name: str) -> None:
        words = self.words
        comment = words.string() if words.accept("COMMENT") else None
        words.expect("AS")
        if words.accept("AUTO", "CDC") or words.accept("APPLY", "CHANGES"):
            once = words.accept("ONCE")
            words.expect("INTO")
            self._change_flow(name=name, once=once)
            return
        words.expect("INSERT", "INTO")
        once = words.accept("ONCE")
        target = words.name()
        words.expect("BY", "NAME")
        flows.append_flow(name=name, target=target, comment=comment, once=once)(self._query(name))

    def _change_flow(self, *, name: str | None, once: bool) -> None:
        words = self.words
        target = words.name()
        words.expect("FROM")
        source = self._source()
        given: dict[str, Any] = {}
        words.expect("KEYS")
        keys = words.items()
        while not words.is_done:
            self._clause_of_changes(given)
        if "sequence_by" not in given:
            raise words.error("expected SEQUENCE BY")
        flows.create_auto_cdc_flow(target, source, _bare(keys), **given, name=name, once=once)

    def _source(self) -> str:
        if not self.words.accept("STREAM"):
            return self.words.name()
        if not self.words.accept("("):
            return self.words.name()
        name = self.words.name()
        self.words.expect(")")
        return name

    def _clause_of_changes(self, given: dict[str, Any]) -> None:
        words = self.words
        if words.accept("IGNORE", "NULL", "UPDATES"):
            given["ignore_null_updates"] = True
        elif words.accept("APPLY", "AS", "DELETE", "WHEN"):
            given["apply_as_deletes"] = words.until(*_CLAUSES_OF_CDC)
        elif words.accept("APPLY", "AS", "TRUNCATE", "WHEN"):
            given["apply_as_truncates"] = words.until(*_CLAUSES_OF_CDC)
        elif words.accept("SEQUENCE", "BY"):
            given["sequence_by"] = words.until(*_CLAUSES_OF_CDC)
        elif words.accept("COLUMNS"):
            given |= self._columns("")
        elif words.accept("STORED", "AS", "SCD", "TYPE"):
            given["stored_as_scd_type"] = words.name()
        elif words.accept("TRACK", "HISTORY", "ON"):
            given |= self._columns("track_history_")
        else:
            raise words.error("expected a clause of AUTO CDC")

    def _columns(self, prefix: str) -> dict[str, list[str]]:
        if self.words.accept("*", "EXCEPT"):
            return {f"{prefix}except_column_list": _bare(self.words.items())}
        if self.words.accept("*"):
            return {}
        return {f"{prefix}column_list": _bare(self.words.items())}

    def _clauses(self) -> _Clauses:
        clauses = _Clauses()
        if not self.words.is_done and self.words.tokens[self.words.at].text == "(":
            self._column_list(clauses)
        while not self.words.is_done and self._clause(clauses.arguments):
            pass
        return clauses

    def _column_list(self, clauses: _Clauses) -> None:
        columns = []
        for tokens in self.words.token_items():
            item = Words(tokens, self.words.text, SourceLocation(self.words.where.file, tokens[0].line))
            if item.accept("CONSTRAINT"):
                name = item.tokens[item.at].text
                item.at += 1
                if item.accept("EXPECT"):
                    self._rule(name, item, clauses)
                    continue
            columns.append(self.words.text[tokens[0].start : tokens[-1].end + 1])
        clauses.columns = ", ".join(columns) or None

    def _rule(self, name: str, item: Words, clauses: _Clauses) -> None:
        predicate = item.until("ON")
        violation = item.until().upper().removeprefix("ON VIOLATION ") if not item.is_done else ""
        if violation not in _ACTIONS:
            message = f"SQL: 'ON VIOLATION {violation}' is neither DROP ROW nor FAIL UPDATE"
            raise DefinitionError(message, where=item.where)
        clauses.rules.setdefault(_ACTIONS[violation], {})[name] = self._substituted(predicate)

    def _clause(self, given: dict[str, Any]) -> bool:
        words = self.words
        if words.accept("COMMENT"):
            given["comment"] = words.string()
        elif words.accept("USING"):
            given["format"] = words.name().lower()
        elif words.accept("PARTITIONED", "BY"):
            given["partition_cols"] = _bare(words.items())
        elif words.accept("CLUSTER", "BY", "AUTO"):
            given["cluster_by_auto"] = True
        elif words.accept("CLUSTER", "BY"):
            given["cluster_by"] = _bare(words.items())
        elif words.accept("TBLPROPERTIES"):
            given["table_properties"] = dict(_property(item) for item in words.items())
        elif words.accept("WITH", "ROW", "FILTER"):
            given["row_filter"] = f"ROW FILTER {words.name()} ON ({', '.join(self._on())})"
        else:
            return False
        return True

    def _on(self) -> list[str]:
        self.words.expect("ON")
        return self.words.items()

    def _query(self, name: str) -> QueryFunction:
        """The rest of the statement as a query function; errors inside it have the statement's place."""
        text, where, spark = self._substituted(self.words.until()), self.words.where, self.spark

        def query() -> DataFrame:
            with located_at(where):
                return spark.sql(text)

        query.__name__ = name
        return query

    def _substituted(self, text: str) -> str:
        """`${key}` by what the file has SET, else by the pipeline's configuration."""

        def value(match: re.Match[str]) -> str:
            key = match[1].strip()
            found = self.values.get(key) or self.spark.conf.get(key, None)
            if found is None:
                message = f"SQL: there is no setting '{key}' for ${{{key}}}"
                raise DefinitionError(message, where=self.words.where, remedy=f"Give it by --set {key}=value.")
            return str(found)

        return _SUBSTITUTION.sub(value, text)


def _ruled(query: QueryFunction, clauses: _Clauses) -> QueryFunction:
    for action, rules in clauses.rules.items():
        for name, predicate in rules.items():
            decorate: Callable[[QueryFunction], QueryFunction] = getattr(expectations, action)(name, predicate)
            query = decorate(query)
    return query


def _bare(names: list[str]) -> list[str]:
    return [name.strip("`") for name in names]


def _property(item: str) -> tuple[str, str]:
    key, _, value = item.partition("=")
    return key.strip().strip("'\"`"), value.strip().strip("'\"")
