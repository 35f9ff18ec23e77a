"""Every error that the runtime raises on purpose: what happened, where, and what to do next."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from dlt_local.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt_local.source_location import SourceLocation


class PipelineError(Exception):
    """Root of the runtime's errors; prints as `file:line: what. remedy` on one line."""

    def __init__(self, what: str, *, where: SourceLocation | None = None, remedy: str | None = None) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        stop = "" if not remedy or self.what.endswith((".", "!", "?")) else "."
        return str(redacted(f"{place}{self.what}{stop}{remedy}"))


class CollectedError(PipelineError):
    """Several errors of one load, reported together, one line each."""

    def __init__(self, errors: list[PipelineError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


class DefinitionError(PipelineError):
    """A source file does not load, or declares something that cannot be."""


class UnsupportedError(DefinitionError):
    """Something that Databricks offers and this runtime does not."""


class GraphError(PipelineError):
    """The data sets do not form a graph: unknown name, cycle, wrong kind, wrong schema."""


class SelectionError(PipelineError):
    """A refresh selection names something that the pipeline does not have."""


class StateError(PipelineError):
    """The state folder cannot be used: in use, not writable, damaged."""


class FlowError(PipelineError):
    """A flow failed while it ran; `is_transient` if the same may succeed when it is tried again."""

    is_transient = False


class SchemaChangedError(FlowError):
    """New columns were found and stored in the schema of a source: the update has to be planned again."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A remedy that names the closest known name, or None if nothing is close."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{matches[0]}'?" if matches else None


def first_line(error: BaseException) -> str:
    """The message of an exception without stack traces, on one line."""
    if isinstance(error, PipelineError):
        return str(error)
    lines = [line.strip() for line in str(redacted(str(error))).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
