"""Runs tasks of a bundle's job on the local tables."""

from __future__ import annotations

from dlt_local.jobs.run import TaskError, TaskResult, run_job

__all__ = ["TaskError", "TaskResult", "run_job"]
