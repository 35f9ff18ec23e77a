"""Reads pipelines from bundles, folders and open-source pipeline files."""

from __future__ import annotations

from dlt_local.project.spec import PipelineSpec

__all__ = ["PipelineSpec"]
