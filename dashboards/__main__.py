"""Writes `dashboards/<name>.lvdash.json` for each dashboard."""

from __future__ import annotations

from dashboards.boards import BOARDS
from dashboards.files import write

for board in BOARDS:
    write(board)
