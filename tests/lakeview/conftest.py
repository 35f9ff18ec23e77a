"""A state with one small table, and a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lakeview.browser import browser
from tests.lakeview.small_dashboard import write_visits

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["browser", "state"]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder that holds `fitness.gold.visits`."""
    write_visits(tmp_path)
    return tmp_path
