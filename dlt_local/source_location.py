"""Where in the user's code something was declared."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

_given: ContextVar[SourceLocation | None] = ContextVar("dlt_local_location", default=None)
_RUNTIME = str(Path(__file__).resolve().parent)


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """A file and a 1-based line; prints as `file:line`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def _is_users_file(file: str) -> bool:
    path = Path(file)
    return not (file.startswith((_RUNTIME, "<")) or {"pyspark", "py4j"} & set(path.parts))


@contextmanager
def located_at(where: SourceLocation) -> Iterator[None]:
    """Let `where` be the caller's location: the place of a SQL statement, which has no frame."""
    token = _given.set(where)
    try:
        yield
    finally:
        _given.reset(token)


def caller_location() -> SourceLocation:
    """The innermost frame of the call stack that is neither the runtime's nor Spark's, or the given place."""
    given = _given.get()
    if given is not None:
        return given
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if _is_users_file(frame.f_code.co_filename):
            return SourceLocation(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return SourceLocation("<unknown>", 0)


def location_of_error(trace: TracebackType | None, sources: frozenset[str] | None = None) -> SourceLocation | None:
    """The innermost frame of a traceback in `sources` (default: in any file of the user), None if there is none."""
    found = None
    for frame, line in traceback.walk_tb(trace):
        file = frame.f_code.co_filename
        if file in sources if sources is not None else _is_users_file(file):
            found = SourceLocation(file, line)
    return found


def location_of_function(function: object) -> SourceLocation:
    """The `def` line of a function."""
    code = getattr(function, "__code__", None)
    if code is None:
        return SourceLocation(repr(function), 0)
    return SourceLocation(code.co_filename, code.co_firstlineno)
