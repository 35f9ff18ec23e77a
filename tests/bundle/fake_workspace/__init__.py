"""A Databricks workspace in memory, for tests: the REST routes that the CLI and the SDK use here, on 127.0.0.1.

What it is for: the real `databricks` CLI deploys the bundle to it, the real SDK of `workspace_ops` talks to it, and an
update that is started on it can run the uploaded pipeline files through `dlt_local`. Nothing leaves the machine.

The fixture `workspace` (module `fixture`) gives an empty workspace; its token chooses it, so tests do not see each
other. A request that no route serves is answered by 501 and fails the test that made it. No answer is 429 or 503, after
which the SDK would try again for a quarter of an hour.

In a test::

    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    workspace.pipelines.script("fitness_lakehouse", completed(flow_progress("fitness.silver.users", "COMPLETED")))
    update = workspace.client().pipelines.start_update(pipeline_id)

A script's update goes one step further each time that somebody asks for its state (`get_update`), so no test waits for
time. Faults: `workspace.faults.forbid("/api/2.0/secrets/*")`, `.hide`, `.refuse_token()`, `.drop_connections(3)`.
"""

from tests.bundle.fake_workspace.answers import ApiError, bad_request, conflict, forbidden, missing
from tests.bundle.fake_workspace.scripts import (
    Happening,
    Script,
    Step,
    canceled,
    completed,
    failed,
    flow_progress,
    never_ending,
)
from tests.bundle.fake_workspace.server import FakeServer
from tests.bundle.fake_workspace.workspace import FakeWorkspace

__all__ = [
    "ApiError",
    "FakeServer",
    "FakeWorkspace",
    "Happening",
    "Script",
    "Step",
    "bad_request",
    "canceled",
    "completed",
    "conflict",
    "failed",
    "flow_progress",
    "forbidden",
    "missing",
    "never_ending",
]
