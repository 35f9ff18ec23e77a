"""What the report knows besides the event log: rule files, and what jobs measured after the update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlt_local.quality.measured import NOT_EVALUATED, DatasetCheck, Measured, Sample
from dlt_local.quality.objectives import RulesByDataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlt_local.quality.model import ExpectationResult, UpdateQuality
    from dlt_local.quality.rule_files import RuleBook

# What was measured after these updates, oldest first.
Measure = Callable[[Sequence[str]], Measured]


@dataclass(frozen=True, slots=True)
class Joined:
    """Updates with all that is known of their rules, checks of data sets, and what is not known."""

    updates: tuple[UpdateQuality, ...]
    checks: tuple[DatasetCheck, ...]
    not_known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BesideTheLog:
    """Rule files and how to read what was measured; each may be missing.

    `remedy` says how to get measurements that are not there, `not_known` is so whatever the log says.
    """

    rules: RuleBook | None = None
    measure: Measure | None = None
    remedy: str = "run the job that makes them, `dlt-local job JOB`"
    not_known: tuple[str, ...] = ()

    def joined(
        self, updates: Sequence[UpdateQuality], *, before: Sequence[UpdateQuality], nothing_new: Sequence[str]
    ) -> Joined:
        """What there is about these updates; `before` are all that the log tells of earlier ones.

        After later ones that found `nothing_new` the tables are still the same, so what was measured then holds too.
        """
        ids = [*(update.update_id for update in updates), *nothing_new]
        measured = self.measure(ids) if self.measure else Measured()
        if self.rules is None:
            return Joined(_with_samples(updates, measured), measured.checks, self.not_known)
        files = RulesByDataset(self.rules)
        chosen = _with_samples([files.joined(update) for update in updates], measured)
        unmeasured = tuple(self._unmeasured(files, chosen, measured))
        return Joined(
            chosen,
            (*measured.checks, *unmeasured, *_unmade(files, files.volumes([*before, *chosen]), measured)),
            (*self.not_known, *self._gaps(chosen, measured, unmeasured), *files.gaps(chosen)),
        )

    def _unmeasured(
        self, files: RulesByDataset, updates: Sequence[UpdateQuality], measured: Measured
    ) -> Iterator[DatasetCheck]:
        """Checks that the files declare and nobody made."""
        made = {(files.own_name(check.dataset), check.name) for check in measured.checks}
        for file in files.of_updates(updates):
            for check in file.checks:
                if (file.dataset, check.name) not in made:
                    yield DatasetCheck(
                        update_id=updates[-1].update_id,
                        dataset=check.dataset,
                        name=check.name,
                        engine="none",
                        severity=check.severity,
                        status=NOT_EVALUATED,
                        observed=None,
                        low=None,
                        high=None,
                        details="nobody has made it after this update",
                    )

    def _gaps(
        self, updates: Sequence[UpdateQuality], measured: Measured, unmeasured: Sequence[DatasetCheck]
    ) -> Iterator[str]:
        if unmeasured and not measured.checks:
            yield f"checks of data sets are not evaluated: {self.remedy}"
        failed = [result for update in updates for result in update.expectations if result.failed and result.entry]
        if failed and not measured.samples:
            yield f"samples of failed rows are not taken: {self.remedy}"


def _unmade(files: RulesByDataset, checks: Iterable[DatasetCheck], measured: Measured) -> Iterator[DatasetCheck]:
    """Those that jobs, who see the tables, have not made themselves."""
    made = {(files.own_name(check.dataset), check.name) for check in measured.checks}
    yield from (check for check in checks if (files.own_name(check.dataset), check.name) not in made)


def _with_samples(updates: Sequence[UpdateQuality], measured: Measured) -> tuple[UpdateQuality, ...]:
    return tuple(
        replace(
            update,
            expectations=tuple(replace(result, samples=_samples(result, measured)) for result in update.expectations),
        )
        for update in updates
    )


def _samples(result: ExpectationResult, measured: Measured) -> tuple[Sample, ...]:
    """Those of the rule by the data set of its file, or as the log names it."""
    datasets = (result.entry.dataset if result.entry else result.rule.dataset, result.rule.dataset)
    found = (measured.samples.get((dataset, result.rule.name)) for dataset in datasets)
    return next((samples for samples in found if samples), ()) if result.failed else ()
