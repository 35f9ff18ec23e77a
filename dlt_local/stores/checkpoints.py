"""Notices that a checkpoint is gone: the flow would read everything again and append it a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import FlowError

if TYPE_CHECKING:
    from pathlib import Path


def marker(checkpoint: Path) -> Path:
    """The note that a checkpoint `<metadata>/checkpoints/<flow>/<n>` exists."""
    flow = checkpoint.parent
    return flow.parent.parent / "flows" / f"{flow.name}.checkpoint"


def note(checkpoint: Path) -> None:
    """Remember that a flow has a checkpoint."""
    file = marker(checkpoint)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def refuse_lost(checkpoint: Path) -> None:
    """Fail if a checkpoint that was there is gone."""
    if marker(checkpoint).exists() and not (checkpoint / "metadata").exists():
        flow, table = checkpoint.parent.name, checkpoint.parents[3].name
        message = f"The checkpoint of flow '{flow}' in {checkpoint} is gone or lacks its file 'metadata'"
        remedy = (
            f"Run with --full-refresh {table} to compute the table anew, or with --reset-checkpoint {flow}"
            " to keep its rows and read the sources again."
        )
        raise FlowError(message, remedy=remedy)
