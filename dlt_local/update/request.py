"""What an update is asked to do, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """Which tables to refresh; all of them if nothing is selected.

    `reset_checkpoint` names flows that read their sources from the beginning again, while their table keeps its rows.
    `continuous` goes on until it is stopped.
    """

    refresh: tuple[str, ...] = ()
    full_refresh: tuple[str, ...] = ()
    full_refresh_all: bool = False
    reset_checkpoint: tuple[str, ...] = ()
    validate_only: bool = False
    continuous: bool = False


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """How an update ended: COMPLETED, FAILED or CANCELED; `causes` are the errors behind the messages."""

    update_id: str
    state: str
    errors: tuple[str, ...] = ()
    causes: tuple[BaseException, ...] = field(default=(), repr=False, compare=False)
