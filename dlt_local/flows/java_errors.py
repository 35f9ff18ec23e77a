"""The Java exceptions behind what PySpark raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def throwables(error: BaseException) -> Iterator[Any]:
    """Outermost first; none for an exception of Python's own."""
    throwable: Any = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    while throwable is not None:
        yield throwable
        throwable = throwable.getCause()
