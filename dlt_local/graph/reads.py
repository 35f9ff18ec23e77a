"""Redirects the reads of pipeline code to the data sets of its pipeline.

While an evaluation is active in the current context, `spark.read.table`, `spark.readStream.table`, `spark.table`,
`spark.sql` and Auto Loader streams go to it, and reads of Kafka and of JDBC ask it; at any other time Spark behaves as
always.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import signature
from threading import RLock
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.readwriter import DataFrameReader
from pyspark.sql.streaming.readwriter import DataStreamReader

from dlt_local.errors import GraphError
from dlt_local.graph import forbidden
from dlt_local.graph.sql_text import replace_tables
from dlt_local.jdbc.options import JDBC
from dlt_local.kafka.options import KAFKA
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql.types import StructType

    from dlt_local.jdbc.options import Database

_AUTO_LOADER = "cloudfiles"


class Evaluation(ABC):
    """Answers the reads of one data-set function; `databases` are those that it read through JDBC."""

    databases: list[Database]

    @abstractmethod
    def table(self, name: str, *, streaming: bool, reader: DataFrameReader | DataStreamReader) -> DataFrame | None:
        """The data set that `name` means; None leaves the read to Spark."""

    @abstractmethod
    def auto_loader(self, path: str, schema: StructType | str | None, options: dict[str, str]) -> DataFrame:
        """New files below `path` as a stream."""

    @abstractmethod
    def kafka(self, options: Mapping[str, str], *, streaming: bool) -> Mapping[str, str]:
        """Options to add to a read of Kafka that has these, under lower-case names."""

    @abstractmethod
    def jdbc(self, options: Mapping[str, str]) -> Mapping[str, str]:
        """Options to add to a read of a database that has these, under lower-case names."""


# Views are registered and resolved by one thread at a time: parallel flows may use the same names.
_sql_views = RLock()
_active: ContextVar[Evaluation | None] = ContextVar("dlt_local_evaluation", default=None)
_may_act: ContextVar[bool] = ContextVar("dlt_local_may_act", default=False)


@contextmanager
def evaluating(evaluation: Evaluation | None, *, may_act: bool = False) -> Iterator[None]:
    """Send the reads of this context to `evaluation`; None leaves them to Spark.

    With `may_act` actions that read, such as `collect`, are allowed: the function runs once, for its result.
    """
    token, before = _active.set(evaluation), _may_act.set(may_act)
    try:
        yield
    finally:
        _may_act.reset(before)
        _active.reset(token)


@contextmanager
def intercepted_reads() -> Iterator[None]:
    """Install the redirections for as long as an update lasts."""
    patches: list[tuple[type, str, Any]] = [
        (DataFrameReader, "table", _batch_table(DataFrameReader.table)),
        *[(DataFrameReader, name, _noting_options(getattr(DataFrameReader, name))) for name in ("option", "options")],
        (DataFrameReader, "format", _batch_format(DataFrameReader.format)),
        (DataFrameReader, "load", _batch_load(DataFrameReader.load)),
        (DataFrameReader, "jdbc", _batch_jdbc(DataFrameReader.jdbc)),
        (SparkSession, "table", _session_table(SparkSession.table)),
        (SparkSession, "sql", _sql(SparkSession.sql)),
        (DataStreamReader, "table", _stream_table(DataStreamReader.table)),
        (DataStreamReader, "format", _stream_format(DataStreamReader.format)),
        (DataStreamReader, "option", _stream_option(DataStreamReader.option)),
        (DataStreamReader, "options", _stream_options(DataStreamReader.options)),
        (DataStreamReader, "schema", _stream_schema(DataStreamReader.schema)),
        (DataStreamReader, "load", _stream_load(DataStreamReader.load)),
        *forbidden.patches(lambda: _active.get() is not None, _may_act.get),
    ]
    before = [(owner, name, owner.__dict__[name]) for owner, name, _ in patches]
    for owner, name, replacement in patches:
        setattr(owner, name, replacement)
    try:
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def _found(
    evaluation: Evaluation | None, name: str, reader: DataFrameReader | DataStreamReader, *, streaming: bool
) -> DataFrame | None:
    """What the evaluation answers; while it does, reads are its own and go to Spark."""
    if evaluation is None:
        return None
    with evaluating(None):
        return evaluation.table(name, streaming=streaming, reader=reader)


def _batch_table(original: Callable[..., DataFrame]) -> Callable[..., DataFrame]:
    def table(self: DataFrameReader, tableName: str) -> DataFrame:  # noqa: N803 # Spark's own parameter name
        evaluation = _active.get()
        found = _found(evaluation, tableName, self, streaming=False)
        return original(self, tableName) if found is None else found

    return table


def _noting_options(original: Callable[..., DataFrameReader]) -> Callable[..., DataFrameReader]:
    def note(self: DataFrameReader, *args: Any, **kwargs: Any) -> DataFrameReader:
        given = {str(args[0]): args[1]} if args else kwargs
        noted: dict[str, str] = self.__dict__.setdefault("_dlt_local_options", {})
        noted.update({key.lower(): _option_text(value) for key, value in given.items()})
        return original(self, *args, **kwargs)

    return note


def _batch_format(original: Callable[..., DataFrameReader]) -> Callable[..., DataFrameReader]:
    def set_format(self: DataFrameReader, source: str) -> DataFrameReader:
        self.__dict__["_dlt_local_format"] = str(source).lower()
        return original(self, source)

    return set_format


def _batch_load(original: Callable[..., DataFrame]) -> Callable[..., DataFrame]:
    def load(
        self: DataFrameReader,
        path: str | list[str] | None = None,
        format: str | None = None,  # noqa: A002 # Spark's own parameter name
        schema: StructType | str | None = None,
        **options: Any,
    ) -> DataFrame:
        _apply(self, format, schema, options)
        evaluation = _active.get()
        source = self.__dict__.get("_dlt_local_format")
        if evaluation is not None and source == KAFKA:
            self.options(**evaluation.kafka(options_of(self), streaming=False))
        if evaluation is not None and source == JDBC:
            self.options(**evaluation.jdbc(options_of(self)))
        return original(self, path)

    return load


def _batch_jdbc(original: Callable[..., DataFrame]) -> Callable[..., DataFrame]:
    def jdbc(self: DataFrameReader, url: str, table: str, *args: Any, **kwargs: Any) -> DataFrame:
        given = signature(original).bind(self, url, table, *args, **kwargs).arguments
        evaluation = _active.get()
        if evaluation is not None:
            self.options(**{"url": url, "dbtable": table, **(given.get("properties") or {})})
            self.options(**evaluation.jdbc(options_of(self)))
        return original(self, url, table, *args, **kwargs)

    return jdbc


def _apply(
    reader: DataFrameReader | DataStreamReader,
    source: str | None,
    schema: StructType | str | None,
    options: dict[str, Any],
) -> None:
    """What was given to `load`, as if it had been given before."""
    if source is not None:
        reader.format(source)
    if schema is not None:
        reader.schema(schema)
    reader.options(**options)


def options_of(reader: DataFrameReader | DataStreamReader) -> dict[str, str]:
    """The options that pipeline code set on a reader, such as `versionAsOf`, under lower-case names."""
    if isinstance(reader, DataStreamReader):
        return {key.lower(): value for key, value in _reader_state(reader)["options"].items()}
    noted: dict[str, str] = reader.__dict__.get("_dlt_local_options", {})
    return noted


def _session_table(original: Callable[..., DataFrame]) -> Callable[..., DataFrame]:
    def table(self: SparkSession, tableName: str) -> DataFrame:  # noqa: N803 # Spark's own parameter name
        return self.read.table(tableName) if _active.get() else original(self, tableName)

    return table


def _stream_table(original: Callable[..., DataFrame]) -> Callable[..., DataFrame]:
    def table(self: DataStreamReader, tableName: str) -> DataFrame:  # noqa: N803 # Spark's own parameter name
        evaluation = _active.get()
        found = _found(evaluation, tableName, self, streaming=True)
        return original(self, tableName) if found is None else found

    return table


def _sql(original: Callable[..., DataFrame]) -> Callable[..., DataFrame]:
    def sql(self: SparkSession, sqlQuery: str, *args: Any, **kwargs: Any) -> DataFrame:  # noqa: N803 # Spark's own parameter name
        evaluation = _active.get()
        if evaluation is None:
            return original(self, sqlQuery, *args, **kwargs)

        def view_of(name: str, *, streaming: bool) -> str | None:
            reader = self.readStream if streaming else self.read
            frame = _found(evaluation, name, reader, streaming=streaming)
            if frame is None:
                return None
            # The same name each time, because it is part of the plan by which definitions are compared.
            view = "dlt_local_" + re.sub(r"\W", "_", f"{name}_{streaming}")
            with evaluating(None):
                frame.createOrReplaceTempView(view)
            return view

        with _sql_views:
            return original(self, replace_tables(sqlQuery, view_of), *args, **kwargs)

    return sql


def _reader_state(reader: DataStreamReader) -> dict[str, Any]:
    state: dict[str, Any] = reader.__dict__.setdefault("_dlt_local", {"format": "", "options": {}, "schema": None})
    return state


def _stream_format(original: Callable[..., DataStreamReader]) -> Callable[..., DataStreamReader]:
    def set_format(self: DataStreamReader, source: str) -> DataStreamReader:
        _reader_state(self)["format"] = str(source).lower()
        return self if _is_auto_loader(self) else original(self, source)

    return set_format


def _stream_option(original: Callable[..., DataStreamReader]) -> Callable[..., DataStreamReader]:
    def option(self: DataStreamReader, key: str, value: Any) -> DataStreamReader:
        _reader_state(self)["options"][key] = _option_text(value)
        return self if key.lower().startswith("cloudfiles.") else original(self, key, value)

    return option


def _stream_options(original: Callable[..., DataStreamReader]) -> Callable[..., DataStreamReader]:
    def options(self: DataStreamReader, **given: Any) -> DataStreamReader:
        for key, value in given.items():
            self.option(key, value)
        return self

    options.__wrapped__ = original  # type: ignore[attr-defined] # keeps Spark's signature for inspect
    return options


def _stream_schema(original: Callable[..., DataStreamReader]) -> Callable[..., DataStreamReader]:
    def schema(self: DataStreamReader, schema: StructType | str) -> DataStreamReader:
        _reader_state(self)["schema"] = schema
        return original(self, schema)

    return schema


def _stream_load(original: Callable[..., DataFrame]) -> Callable[..., DataFrame]:
    def load(
        self: DataStreamReader,
        path: str | None = None,
        format: str | None = None,  # noqa: A002 # Spark's own parameter name
        schema: StructType | str | None = None,
        **options: Any,
    ) -> DataFrame:
        _apply(self, format, schema, options)
        evaluation = _active.get()
        if evaluation is None:
            return original(self, path)
        state = _reader_state(self)
        source = path or state["options"].get("path")
        if not _is_auto_loader(self):
            if state["format"] == KAFKA:
                self.options(**evaluation.kafka(options_of(self), streaming=True))
            return original(self, path)
        if source is None:
            raise GraphError("Auto Loader needs a path", where=caller_location(), remedy="Call .load(path).")
        with evaluating(None):
            return evaluation.auto_loader(source, state["schema"], dict(state["options"]))

    return load


def _is_auto_loader(reader: DataStreamReader) -> bool:
    return bool(_reader_state(reader)["format"] == _AUTO_LOADER)


def _option_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
