"""What failed micro-batches leave behind."""

from __future__ import annotations

from threading import Thread
from traceback import walk_tb

import pytest

from dlt_local.flows.changes import _release

_SECONDS = 10


def fail(error: Exception) -> None:
    """Raises the exception from a frame that holds something."""
    held = [error]
    raise held[0]


def raised(error: Exception) -> Exception:
    with pytest.raises(type(error)):
        fail(error)
    return error


def test_errors_that_name_each_other_are_let_go_of() -> None:
    """As when a query fails with what its micro-batch raised, and that is raised again from the query's failure."""
    own, of_query = raised(ValueError("of the micro-batch")), raised(RuntimeError("of the query"))
    own.__cause__, of_query.__context__ = of_query, own

    release = Thread(target=_release, args=(own,), daemon=True)
    release.start()
    release.join(_SECONDS)

    assert not release.is_alive()
    frames = [frame for error in (own, of_query) for frame, _ in walk_tb(error.__traceback__)]
    assert [frame.f_locals for frame in frames if frame.f_code is fail.__code__] == [{}, {}]
