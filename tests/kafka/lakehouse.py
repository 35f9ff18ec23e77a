"""The pipeline of this repository, updated in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.project.bundle_pipeline import load_pipeline
from dlt_local.update import UpdateRequest, run_update
from tests.acceptance.command import REPOSITORY
from tests.acceptance.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def updated(folder: Path, settings: Mapping[str, str] | None = None, *, refresh: tuple[str, ...] = ()) -> State:
    """The state of a folder after an update from its `landing`, which must have succeeded."""
    spec = load_pipeline(
        bundle_root=REPOSITORY, pipeline="fitness_lakehouse", landing=folder / "landing",
        settings=dict(settings or {}), target=None, landing_required=True,
    )  # fmt: skip
    result = run_update(spec, folder / "state", UpdateRequest(refresh=refresh), lambda _event: None)
    assert (result.state, result.errors) == ("COMPLETED", ())
    return State(folder / "state")
