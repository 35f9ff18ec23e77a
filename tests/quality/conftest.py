"""A browser for the page of the report."""

from __future__ import annotations

from tests.lakeview.browser import browser

__all__ = ["browser"]
