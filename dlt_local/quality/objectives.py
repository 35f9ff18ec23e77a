"""Joins what rule files say to what a log says: severities, owners, objectives and the conditions themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dlt_local.quality.measured import FAILED, NOT_EVALUATED, PASSED, DatasetCheck

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlt_local.quality.model import FlowResult, Rule, UpdateQuality
    from dlt_local.quality.rule_files import Objective, RuleBook, RuleEntry, RuleFile

_WROTE = frozenset({"COMPLETED", "IDLE"})
_NAMED = 5
MIN_ROWS = "min_rows"
_LOG_ACTIONS = {"warn": "ALLOW", "flag": "ALLOW", "quarantine": "ALLOW", "drop": "DROP", "fail": "FAIL"}


class RulesByDataset:
    """Rule files by data set.

    A log may have a data set in another schema than its file says, as where all layers share one; then the name of the
    table decides, if only one file has it.
    """

    def __init__(self, book: RuleBook) -> None:
        self._files = {file.dataset: file for file in book.files}
        of_table: dict[str, list[RuleFile]] = {}
        for file in book.files:
            of_table.setdefault(file.dataset.rpartition(".")[2], []).append(file)
        self._only = {table: files[0] for table, files in of_table.items() if len(files) == 1}
        self._rules = {(rule.dataset, rule.name): rule for rule in book.rules}

    def file(self, dataset: str) -> RuleFile | None:
        """The file about a data set of the log."""
        return self._files.get(dataset) or self._only.get(dataset.rpartition(".")[2])

    def entry(self, dataset: str, rule: str) -> RuleEntry | None:
        """What the files say about a rule of the log."""
        file = self.file(dataset)
        return self._rules.get((file.dataset, rule)) if file else None

    def own_name(self, dataset: str) -> str:
        """A data set as its file names it, else as the log does."""
        file = self.file(dataset)
        return file.dataset if file else dataset

    def of_updates(self, updates: Sequence[UpdateQuality]) -> list[RuleFile]:
        """The files about data sets of these updates."""
        names = {dataset.name for update in updates for dataset in update.datasets}
        names |= {result.rule.dataset for update in updates for result in update.expectations}
        return list({file.dataset: file for file in map(self.file, sorted(names)) if file}.values())

    def joined(self, update: UpdateQuality) -> UpdateQuality:
        """The update, each of its results with what the files say about its rule."""
        return replace(
            update,
            expectations=tuple(
                replace(result, entry=self.entry(result.rule.dataset, result.rule.name))
                for result in update.expectations
            ),
        )

    def volumes(self, updates: Sequence[UpdateQuality]) -> Iterator[DatasetCheck]:
        """Whether data sets hold as many rows as they should, as far as the log tells; `updates` are all until now.

        The log may not reach back to the first row of a data set, so that too few rows are known of those only that the
        last update computed whole.
        """
        for dataset, last in sorted(_last_runs(updates).items()):
            file = self.file(dataset)
            if file and file.objective and file.objective.min_rows is not None:
                is_whole = last.counted == "all_rows" and last.rows_out > 0
                runs = [last] if is_whole else [run for one in updates for run in one.flows if run.output == dataset]
                rows = sum(run.rows_out for run in runs)
                yield _volume(updates[-1], dataset, rows, file.objective, is_whole=is_whole)

    def gaps(self, updates: Sequence[UpdateQuality]) -> Iterator[str]:
        """Where files and log do not agree."""
        results = [result for update in updates for result in update.expectations]
        logged = {result.entry for result in results if result.entry}
        unfiled = [result.rule for result in results if not result.entry and self.file(result.rule.dataset)]
        unlogged = [rule for file in self.of_updates(updates) for rule in file.rules if rule not in logged]
        changed = [result.rule for result in results if result.entry and not _is_same(result.rule, result.entry)]
        yield from _listed("the objectives of rules that no rule file has", unfiled)
        yield from _listed("how rules of the rule files do that the log does not name", unlogged)
        yield from _listed(
            "whether rules are as their rule files now say, as the log has another text or action", changed
        )


def _last_runs(updates: Sequence[UpdateQuality]) -> dict[str, FlowResult]:
    """By data set the last flow into it that ran to its end."""
    runs = (run for update in updates for run in update.flows if run.output and run.status in _WROTE)
    return {str(run.output): run for run in runs}


def _volume(update: UpdateQuality, dataset: str, rows: int, objective: Objective, *, is_whole: bool) -> DatasetCheck:
    is_enough = rows >= (objective.min_rows or 0)
    return DatasetCheck(
        update_id=update.update_id,
        dataset=dataset,
        name=MIN_ROWS,
        engine="log",
        severity="critical" if objective.on_breach == "red" else "warning",
        status=PASSED if is_enough else FAILED if is_whole else NOT_EVALUATED,
        observed=rows,
        low=objective.min_rows,
        high=None,
        details="rows computed" if is_whole else "rows written" if is_enough else "rows written since the log begins",
    )


def _is_same(rule: Rule, entry: RuleEntry) -> bool:
    """A rule that is judged once for several uses has its condition in a comment."""
    has_action = rule.action in {None, _LOG_ACTIONS[entry.action]}
    has_text = rule.constraint_sql is None or " ".join(entry.sql.split()) in " ".join(rule.constraint_sql.split())
    return has_action and has_text


def _listed(what: str, rules: Sequence[Rule | RuleEntry]) -> Iterator[str]:
    names = list(dict.fromkeys(f"{rule.dataset}.{rule.name}" for rule in rules))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    if names:
        yield f"{what}: {', '.join(names[:_NAMED])}{more}"
