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

    A data set is called by its bare name: what its schema is called is a setting.
    """
    rules = _rules(data_set)
    return {rule["name"]: rule["sql"].strip() for rule in rules if not actions or rule["action"] in actions}


@cache
def _rules(data_set: str) -> Sequence[Mapping[str, Any]]:
    files = {file.stem.rpartition(".")[2]: file for file in FOLDER.glob("*.yml")}
    if data_set not in files:
        meant = get_close_matches(data_set, files, n=1)
        hint = f" Did you mean '{meant[0]}'?" if meant else ""
        raise ValueError(f"{FOLDER} has no file with rules of '{data_set}'.{hint}")
    contents: Mapping[str, Any] = yaml.safe_load(files[data_set].read_text(encoding="utf-8"))
    rules: Sequence[Mapping[str, Any]] = contents.get("rules", [])
    return rules
