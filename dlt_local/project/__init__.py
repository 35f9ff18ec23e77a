"""Reads pipelines from bundles, folders and open-source pipeline files."""

from __future__ import annotations

from dlt_local.project.bundle_pipeline import load_pipeline
from dlt_local.project.folder import pipeline_from_folder, pipeline_from_open_source_file
from dlt_local.project.spec import PipelineSpec

__all__ = ["PipelineSpec", "load_pipeline", "pipeline_from_folder", "pipeline_from_open_source_file"]
