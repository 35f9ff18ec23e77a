"""The fields of a pipeline resource, by what they mean locally."""

from __future__ import annotations

WITH_LOCAL_MEANING = frozenset({"catalog", "configuration", "continuous", "libraries", "root_path", "schema", "target"})
WITHOUT_LOCAL_MEANING = frozenset(
    {
        "allow_duplicate_names", "budget_policy_id", "cascade_on_destroy", "channel", "clusters", "deployment",
        "development", "edition", "environment", "event_log", "filters", "id", "lifecycle", "name", "notifications",
        "parameters", "permissions", "photon", "restart_window", "run_as", "serverless", "storage", "tags",
        "usage_policy_id",
    }
)  # fmt: skip
OF_A_PIPELINE = WITH_LOCAL_MEANING | WITHOUT_LOCAL_MEANING

OPEN_SOURCE = frozenset({"catalog", "configuration", "database", "libraries", "name", "schema", "storage"})
