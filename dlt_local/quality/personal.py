"""Keeps rows and addresses of people, which Databricks writes into messages, out of what is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[not shown]"
# Greedy: a row may hold any text, also that of the message around it.
_ROWS = re.compile(r"(?P<what>Input data|Output record): '(?:.*(?=\. Missing input data: )|.*)", re.DOTALL)
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_USERS = frozenset({"user_name", "run_as_user_name", "creator_user_name", "run_as", "email", "user"})


def without_people(thing: Any) -> Any:
    """The same text, or structure of lists and dicts, without rows, e-mail addresses and names of users."""
    if isinstance(thing, str):
        return _ADDRESS.sub(HIDDEN, _ROWS.sub(rf"\g<what>: {HIDDEN}", thing))
    if isinstance(thing, Mapping):
        return {key: HIDDEN if key in _USERS and item else without_people(item) for key, item in thing.items()}
    if isinstance(thing, list | tuple):
        return [without_people(item) for item in thing]
    return thing


def one_line(message: str) -> str:
    """A message of a log that may be shown, on one line and without the stack trace below it."""
    text = str(without_people(message)).strip()
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")
