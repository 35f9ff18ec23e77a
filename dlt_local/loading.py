"""Runs the source files of a pipeline, unmodified, so that their decorators record definitions."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from dlt_local.api.modules import API, pipeline_modules
from dlt_local.api.registry import Registry, recording
from dlt_local.dbutils import DBUtils
from dlt_local.errors import CollectedError, DefinitionError, PipelineError, first_line, nearest
from dlt_local.source_location import SourceLocation, location_of_error
from dlt_local.sql_files import declare_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder


_UNEXPECTED_ARGUMENT = re.compile(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'")


@contextmanager
def pipeline_environment(spec: PipelineSpec, spark: SparkSession, state: StateFolder | None) -> Iterator[DBUtils]:
    """What pipeline code sees from load to end of the update: import names, root path and configuration.

    Yields the `dbutils` of the source files, whose file system lies in `state`. Modules imported from the root path are
    forgotten afterwards, so that two projects in one process do not mix.
    """
    root = str(spec.root_path)
    modules_before = set(sys.modules)
    sys.path.insert(0, root)
    settings_before = dict(spark.conf.getAll)
    for key, value in spec.configuration.items():
        spark.conf.set(key, value)
    try:
        dbutils = DBUtils(spec, state)
        with pipeline_modules(dbutils):
            yield dbutils
    finally:
        _restore_settings(spark, settings_before)
        sys.path.remove(root)
        for name in set(sys.modules) - modules_before:
            if _is_below(getattr(sys.modules[name], "__file__", None), spec.root_path):
                del sys.modules[name]


def _restore_settings(spark: SparkSession, before: Mapping[str, str]) -> None:
    """Take back what the configuration and the source files have set."""
    for key, value in dict(spark.conf.getAll).items():
        if key not in before:
            spark.conf.unset(key)
        elif value != before[key]:
            spark.conf.set(key, before[key])


def load_definitions(spec: PipelineSpec, spark: SparkSession, dbutils: DBUtils) -> Registry:
    """Execute every source file in a module of its own; all broken files are reported together."""
    registry = Registry()
    errors: list[PipelineError] = []
    with recording(registry):
        for number, path in enumerate(spec.source_files):
            try:
                if path.suffix == ".sql":
                    declare_file(path, spark)
                    continue
                names = {"spark": spark, "dbutils": dbutils}
                _execute(path, f"pipeline_source_{number}_{path.stem}", names, spec)
            except PipelineError as error:
                errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else CollectedError(errors)
    registry.refuse_unattached()
    if not registry.datasets:
        message = f"Pipeline '{spec.name}' declares no data set"
        raise DefinitionError(message, where=SourceLocation(str(spec.defined_in), 1), remedy="RUN_EMPTY_PIPELINE.")
    return registry


def _execute(path: Path, module_name: str, names: Mapping[str, object], spec: PipelineSpec) -> None:
    module = ModuleType(module_name)
    module.__file__ = str(path)
    module.__dict__.update(names)
    try:
        code = compile(path.read_bytes(), str(path), "exec")
    except OSError as error:
        raise DefinitionError(
            f"Source file cannot be read: {error.strerror}", where=SourceLocation(str(path), 1)
        ) from error
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        message = f"Syntax error: {getattr(error, 'msg', None) or error}"
        raise DefinitionError(message, where=SourceLocation(str(path), line)) from error
    try:
        exec(code, module.__dict__)  # noqa: S102 # the point of a pipeline runtime is to run the user's files
    except PipelineError as error:
        error.where = error.where or users_location(error, spec)
        raise
    except Exception as error:
        where = users_location(error, spec) or SourceLocation(str(path), 1)
        message = f"{type(error).__name__}: {first_line(error)}"
        raise DefinitionError(message, where=where, remedy=_meant_argument(error)) from error


def _meant_argument(error: Exception) -> str | None:
    """The closest argument, if the error is about one that a function of the API does not have."""
    found = _UNEXPECTED_ARGUMENT.match(str(error))
    called = API.get(found[1]) if found else None
    return nearest(found[2], signature(called).parameters) if found and called else None


def users_location(error: BaseException, spec: PipelineSpec) -> SourceLocation | None:
    """Where in the pipeline's own files an exception passed last, else in any file that is not the runtime's."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return SourceLocation(error.filename, error.lineno)
    sources = {str(path) for path in spec.source_files}
    sources |= {str(path) for path in Path(spec.root_path).rglob("*.py")}
    return location_of_error(error.__traceback__, frozenset(sources)) or location_of_error(error.__traceback__)


def _is_below(file: str | None, folder: Path) -> bool:
    return file is not None and Path(file).resolve().is_relative_to(folder.resolve())
