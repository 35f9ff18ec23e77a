"""The rules of each data set, from its file in `dlt_pipelines/rules`."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = Path(__file__).parents[1] / "rules"


def rules_of(data_set: str, *actions: str) -> dict[str, str]:
    """Names and SQL of the rules of a data set in the order of its file, of all or of some actions.

    `data_set` is called by its layer, such as `silver.bpm_checked`, wherever the schema of that layer lies.
    """
    rules = _rules(data_set)
    return {rule["name"]: rule["sql"].strip() for rule in rules if not actions or rule["action"] in actions}


@cache
def _rules(data_set: str) -> Sequence[Mapping[str, Any]]:
    path = FOLDER / f"{data_set}.yml"
    if not path.is_file():
        known = sorted(file.stem for file in FOLDER.glob("*.yml"))
        meant = get_close_matches(data_set, known, n=1)
        hint = f" Did you mean '{meant[0]}'?" if meant else ""
        raise ValueError(f"There are no rules of '{data_set}': no file {path}.{hint}")
    contents: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules: Sequence[Mapping[str, Any]] = contents.get("rules", [])
    return rules
