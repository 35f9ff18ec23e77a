"""Routes: a method and a path with `{names}`, and the function that answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from tests.bundle.fake_workspace.answers import Answer, Json, bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is decoded; `parts` are what stood for the route's names."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Json
    content: bytes = b""
    parts: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str, default: str | None = None) -> str:
        """A query parameter that stands once; without a default it is required."""
        values = self.query.get(name, [])
        if len(values) > 1:
            raise bad_request(f"Parameter '{name}' is given {len(values)} times")
        if not values and default is None:
            raise bad_request(f"Missing required parameter: {name}")
        return values[0] if values else str(default)

    def needed(self, *names: str) -> list[str]:
        """Fields of the body that must be there, as text."""
        for name in names:
            if self.body.get(name) in (None, ""):
                raise bad_request(f"Missing required field: {name}")
        return [str(self.body[name]) for name in names]


Handler = Callable[[Request], Answer | Json]


@dataclass(frozen=True, slots=True)
class Route:
    """`{name}` stands for one segment, `{*name}` for the rest of the path."""

    method: str
    template: str
    handler: Handler

    def matches(self, method: str, raw_path: str) -> Mapping[str, str] | None:
        """The decoded parts of a path that this route serves."""
        found = _pattern(self.template).fullmatch(raw_path) if method == self.method else None
        return {name: unquote(part) for name, part in found.groupdict().items()} if found else None


def _pattern(template: str) -> re.Pattern[str]:
    text = re.sub(r"\\\{\\\*(\w+)\\\}", r"(?P<\1>.+)", re.escape(template))
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", text))


def request_of(method: str, target: str, body: Json, content: bytes) -> Request:
    """The request for a target as it stands in the request line."""
    split = urlsplit(target)
    return Request(method, unquote(split.path), parse_qs(split.query, keep_blank_values=True), body, content)


def routes_for(method: str, target: str, routes: Iterable[Route]) -> Iterator[tuple[Route, Mapping[str, str]]]:
    """Routes that serve the target, with the parts of its path."""
    raw_path = urlsplit(target).path
    for route in routes:
        parts = route.matches(method, raw_path)
        if parts is not None:
            yield route, parts
