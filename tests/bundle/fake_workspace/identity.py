"""Who the token belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Answer
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

# A number like those of real workspaces; the SDK and the CLI build links from it.
WORKSPACE_ID = "4242424242424242"


@dataclass
class Identity:
    """A user by name, or a service principal by its application id."""

    user_name: str = "lakehouse_engineer"
    groups: tuple[str, ...] = ("users",)

    def routes(self) -> Iterator[Route]:
        yield Route("GET", "/api/2.0/preview/scim/v2/Me", self._me)

    def _me(self, _: Request) -> Answer:
        groups = [{"display": name, "value": str(number)} for number, name in enumerate(self.groups, 1)]
        user = {"id": "1001", "userName": self.user_name, "displayName": self.user_name, "active": True}
        return Answer({**user, "groups": groups}, headers={"X-Databricks-Org-Id": WORKSPACE_ID})
