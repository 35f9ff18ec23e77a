"""The expectations that an error names; an `expect_or_fail` that stops its flow leaves no counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_VIOLATION = re.compile(
    r"\[EXPECTATION_VIOLATION[^\]]*\].*?Violated expectations: '(?P<names>.*?)'(?=\. Input data: |\.?\s*$|\.\s)",
    re.DOTALL,
)


def violated(messages: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Names of the expectations that a chain of errors complains about, each once; `known` ones may hold a comma."""
    longest_first = sorted(known, key=len, reverse=True)
    found = (match["names"] for message in messages for match in _VIOLATION.finditer(message))
    return tuple(dict.fromkeys(name for names in found for name in _names(names, longest_first)))


def _names(text: str, known: list[str]) -> list[str]:
    names = []
    while text:
        name = next((name for name in known if text == name or text.startswith(f"{name}, ")), None)
        if name is None:
            name = text.partition(", ")[0]
        names.append(name)
        text = text[len(name) :].removeprefix(", ")
    return names
