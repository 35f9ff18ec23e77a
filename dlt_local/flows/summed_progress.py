"""Micro-batches of a continuous run, told in sums: there may be a hundred a second."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Self

from dlt_local.expectations import RuleCount

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from dlt_local.flows.outcome import OnProgress, Progress

_SECONDS = 5.0


class SummedProgress:
    """Collects progress, and passes on the sum every five seconds, and at the end."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._batches: list[Progress] = []
        self._since = time.monotonic()
        self._lock, self._ended = Lock(), Event()
        self._clock = Thread(target=self._tell_regularly, daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Pass on the rest."""
        self._ended.set()
        self._clock.join()
        self._tell()

    def add(self, progress: Progress) -> None:
        """Take in the counts of a micro-batch; a warning is passed on at once."""
        if progress.warning is not None:
            self._on_progress(progress)
            return
        with self._lock:
            self._batches.append(progress)

    def _tell_regularly(self) -> None:
        while not self._ended.wait(_SECONDS):
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            batches, self._batches = self._batches, []
            since, self._since = self._since, time.monotonic()
        if batches:
            self._on_progress(replace(summed(batches), seconds=self._since - since))


def summed(batches: Sequence[Progress]) -> Progress:
    """The counts of several micro-batches together; what only the latest can tell is as it tells."""
    passed, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for rule in (rule for batch in batches for rule in batch.rules):
        passed[rule.dataset, rule.name] += rule.passed
        failed[rule.dataset, rule.name] += rule.failed
    rules = (RuleCount(name, dataset, passed[dataset, name], failed[dataset, name]) for dataset, name in passed)
    written = [batch.output_rows for batch in batches if batch.output_rows is not None]
    return replace(
        batches[-1],
        input_rows=sum(batch.input_rows for batch in batches),
        output_rows=sum(written) if written else None,
        dropped_rows=sum(batch.dropped_rows for batch in batches),
        rules=tuple(rules),
    )
