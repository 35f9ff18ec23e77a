"""Rules for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlt_local.quality.rule_book import Objective, RuleBook, RuleFile

_OF_THE_FILE = ("dataset", "owner")


def rules_json(book: RuleBook) -> str:
    """Every data set with its rules and checks; what a file does not say is null."""
    return json.dumps({"datasets": [_dataset(file) for file in book.files]}, indent=2, ensure_ascii=False) + "\n"


def _dataset(file: RuleFile) -> dict[str, Any]:
    return {
        "dataset": file.dataset,
        "owner": file.owner,
        "keys": list(file.keys),
        "samples_from": file.samples_from,
        "objective": _objective(file.objective),
        "rules": [_entry(asdict(rule)) | {"objective": _objective(rule.objective)} for rule in file.rules],
        "checks": [_entry(asdict(check)) for check in file.checks],
    }


def _entry(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _OF_THE_FILE}


def _objective(objective: Objective | None) -> dict[str, Any] | None:
    if objective is None:
        return None
    return {name: value for name, value in asdict(objective).items() if value is not None}
