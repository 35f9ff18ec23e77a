"""Updates of a pipeline: load, plan, set up tables, run flows, account."""

from dlt_local.update.request import UpdateRequest, UpdateResult
from dlt_local.update.run import plan_pipeline, run_update

__all__ = ["UpdateRequest", "UpdateResult", "plan_pipeline", "run_update"]
