"""The fake workspace itself: who gets in, what goes wrong on request, what it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from databricks.sdk.core import DatabricksError
from databricks.sdk.errors import InternalError, NotFound, PermissionDenied, Unauthenticated

from tests.bundle.fake_workspace import ApiError, FakeWorkspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bundle.fake_workspace import FakeServer


def test_the_token_chooses_the_workspace(workspace: FakeWorkspace, fake_server: FakeServer, tmp_path: Path) -> None:
    other = FakeWorkspace(fake_server, tmp_path)
    workspace.client().secrets.create_scope("fitness")
    assert [scope.name for scope in workspace.client().secrets.list_scopes()] == ["fitness"]
    assert list(other.client().secrets.list_scopes()) == []
    other.close()
    with pytest.raises(Unauthenticated):
        other.client().current_user.me()


def test_a_route_that_nobody_wrote_is_remembered(fake_server: FakeServer, tmp_path: Path) -> None:
    opened = FakeWorkspace(fake_server, tmp_path)
    with pytest.raises(DatabricksError, match=r"no route GET /api/2\.0/clusters/list"):
        opened.client().api_client.do("GET", "/api/2.0/clusters/list", query={"page": "2"})
    assert opened.unanswered == ["GET /api/2.0/clusters/list?page=2"]


def test_a_request_without_a_route_fails_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        def test_of_clusters(workspace):
            with pytest.raises(Exception, match="no route"):
                workspace.client().clusters.list().__next__()

        def test_of_scopes(workspace):
            assert list(workspace.client().secrets.list_scopes()) == []
    """)
    result = pytester.runpytest_inprocess("-p", "tests.bundle.fake_workspace.fixture")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*cannot answer: GET /api/2.1/clusters/list*"])


def test_a_bug_of_the_fake_is_an_answer_too(fake_server: FakeServer, tmp_path: Path) -> None:
    opened = FakeWorkspace(fake_server, tmp_path)
    with pytest.raises(InternalError, match="ValueError"):
        opened.client().api_client.do("GET", "/api/2.0/pipelines", query={"max_results": "many"})
    (told,) = opened.unanswered
    assert told.startswith("GET /api/2.0/pipelines: Traceback")


def test_requests_are_kept_as_they_came(workspace: FakeWorkspace) -> None:
    workspace.client().secrets.create_scope("fitness")
    (request,) = workspace.requests
    assert (request.method, request.path, request.body) == (
        "POST",
        "/api/2.0/secrets/scopes/create",
        {"scope": "fitness"},
    )


def test_faults_concern_their_routes_only(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    workspace.faults.forbid("/api/2.0/secrets/*")
    with pytest.raises(PermissionDenied):
        list(client.secrets.list_scopes())
    assert client.current_user.me().user_name == "lakehouse_engineer"
    workspace.faults.hide("/api/2.0/sql/warehouses/*")
    with pytest.raises(NotFound):
        client.warehouses.get("1")
    assert [warehouse.name for warehouse in client.warehouses.list()] == ["Serverless Starter Warehouse"]


def test_a_fault_can_pass(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    workspace.faults.fail(ApiError(500, "INTERNAL_ERROR", "broken"), "/api/2.0/preview/scim/v2/Me", times=1)
    with pytest.raises(InternalError, match="broken"):
        client.current_user.me()
    assert client.current_user.me().user_name == "lakehouse_engineer"


def test_a_refused_token_opens_nothing(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    workspace.faults.refuse_token()
    with pytest.raises(Unauthenticated):
        client.current_user.me()


def test_dropped_connections_are_tried_again(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    fault = workspace.faults.drop_connections(1)
    assert client.current_user.me().user_name == "lakehouse_engineer"
    assert fault.met == 1


def test_dropped_connections_end_in_an_error_when_time_is_up(workspace: FakeWorkspace) -> None:
    client = workspace.client(retry_timeout_seconds=1)
    workspace.faults.drop_connections(1000)
    with pytest.raises(TimeoutError):
        client.current_user.me()
