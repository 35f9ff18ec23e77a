"""What a test asks to go wrong: errors on chosen routes, and connections that end without an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import ApiError, forbidden, missing, unauthenticated

if TYPE_CHECKING:
    from tests.bundle.fake_workspace.routing import Request


class DroppedConnectionError(Exception):
    """The server closes the connection instead of answering."""


@dataclass
class Fault:
    """Raises its error for requests of a method (`*`: any) and a path pattern, `times` times or (None) always."""

    method: str
    path: str
    error: Exception
    times: int | None = None
    met: int = 0

    def concerns(self, request: Request) -> bool:
        left = self.times is None or self.met < self.times
        return left and self.method in {"*", request.method} and fnmatchcase(request.path, self.path)


@dataclass
class Faults:
    """All faults of one workspace; the first that concerns a request applies."""

    planned: list[Fault] = field(default_factory=list)

    def add(self, error: Exception, method: str, path: str, times: int | None) -> Fault:
        self.planned.append(Fault(method, path, error, times))
        return self.planned[-1]

    def drop_connections(self, times: int, *, path: str = "*", method: str = "*") -> Fault:
        """The next requests get no answer; the well-known page of the host is not counted."""
        return self.add(DroppedConnectionError(), method, path if path != "*" else "/api/*", times)

    def refuse_token(self) -> Fault:
        """401 for everything from now on."""
        return self.add(unauthenticated(), "*", "/api/*", None)

    def forbid(self, path: str, *, method: str = "*", message: str = "User does not have permission.") -> Fault:
        """403 on a path pattern such as `/api/2.0/pipelines/*`."""
        return self.add(forbidden(message), method, path, None)

    def hide(self, path: str, *, method: str = "*", message: str = "The specified resource does not exist.") -> Fault:
        """404 on a path pattern."""
        return self.add(missing(message), method, path, None)

    def fail(self, error: ApiError, path: str, *, method: str = "*", times: int | None = None) -> Fault:
        """Any other error on a path pattern."""
        return self.add(error, method, path, times)

    def apply(self, request: Request) -> None:
        for fault in self.planned:
            if fault.concerns(request):
                fault.met += 1
                raise fault.error
