"""What a rule has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlt_local.source_location import SourceLocation


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake; prints as `file:line: [rule] what. remedy`."""

    rule: str
    where: SourceLocation
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: [{self.rule}] {self.what}. {self.remedy}"
