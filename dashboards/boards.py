"""All dashboards of the bundle."""

from __future__ import annotations

from dashboards.data_quality.pages import DATA_QUALITY
from dashboards.gym_operations.pages import GYM_OPERATIONS

BOARDS = (GYM_OPERATIONS, DATA_QUALITY)
