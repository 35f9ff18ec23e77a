"""What failed micro-batches leave behind."""

from __future__ import annotations

from threading import Thread

from dlt_local.flows.changes import _release

_SECONDS = 10


def raised(error: Exception) -> Exception:
    """The exception with the traceback of a frame that holds something."""
    held = [error]
    try:
        raise held[0]
    except Exception as caught:
        return caught


def test_errors_that_name_each_other_are_let_go_of() -> None:
    """As when a query fails with what its micro-batch raised, and that is raised again from the query's failure."""
    own, of_query = raised(ValueError("of the micro-batch")), raised(RuntimeError("of the query"))
    own.__cause__, of_query.__context__ = of_query, own

    release = Thread(target=_release, args=(own,), daemon=True)
    release.start()
    release.join(_SECONDS)

    assert not release.is_alive()
    frames = [error.__traceback__.tb_frame for error in (own, of_query) if error.__traceback__]
    assert [frame.f_locals for frame in frames] == [{}, {}]
