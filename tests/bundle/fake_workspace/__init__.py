"""A Databricks workspace in memory, for tests: the REST routes that the CLI and the SDK use here, on 127.0.0.1.

What it is for: the real `databricks` CLI deploys the bundle to it, the real SDK of `workspace_ops` talks to it, and an
update that is started on it can run the uploaded pipeline files through `dlt_local`. Nothing leaves the machine.

The fixture `workspace` (module `fixture`, loaded by tests/conftest.py) gives an empty workspace, `open_workspace(user)`
one for another user or service principal; the token chooses it, so tests do not see each other. A request that no route
serves is answered by 501, a bug of the fake by 500, and both fail the test that met them. No answer is 429 or 503,
after which the SDK would try again for a quarter of an hour. One module a family of routes; `workspace` joins them.

In a test::

    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    workspace.pipelines.script("fitness_lakehouse", completed(flow_progress("fitness.silver.users", "COMPLETED")))
    update = workspace.client().pipelines.start_update(pipeline_id)

A script's update goes one step further each time that somebody asks for its state (`get_update`), so no test waits for
time. After `workspace.run_updates()` updates without a script run the uploaded files: volumes are folders below
`workspace.folder`, secrets are those of the workspace, and the events are those that the local runtime writes.

- Events come in pages of ten at most; a page token beside a filter or an order is refused, as workspaces do.
- Faults: `workspace.faults.forbid("/api/2.0/secrets/*")`, `.hide`, `.refuse_token()`, `.drop_connections(3)`, `.fail`.
- Statements run on DuckDB over the published event logs; `workspace.statements.answer(part, columns, rows)` and `.fail`
  answer others, `.looks` and `.rows_in_a_chunk` make them slow and long.
- Jobs: pipeline tasks start updates, other tasks end as `workspace.jobs.outcomes[task_key]` says, else well.
- What was sent: `workspace.requests`; what is there: `workspace.files.below(folder)`, `.secrets.value(scope, key)`,
  `.permissions.levels(kind, id)`, `.grants.on(kind, name)`, `.unity_catalog`, `.dashboards`, `.alerts`.

Not like a workspace: permissions and grants are kept and answered, but refuse nobody; jobs start only on demand, and
other tasks than those of pipelines run nothing; limits, quotas and time-outs do not exist.
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
