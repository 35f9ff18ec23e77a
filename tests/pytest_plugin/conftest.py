"""Suites of other repositories, run by pytest's own `pytester`."""

from __future__ import annotations

pytest_plugins = ["pytester"]
