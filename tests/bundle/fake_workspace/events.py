"""The event log of a pipeline as REST serves it: filters, order and pages; `details` is an object there."""

from __future__ import annotations

import base64
import json
import operator
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.bundle.fake_workspace.routing import Request

# Documented: 25 newest events by default, at most 1000 in a page.
_DEFAULT_PAGE = 25
_LARGEST_PAGE = 1000
_COMPARED = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}
_CONDITION = re.compile(
    r"(?P<field>level|id|timestamp|update_id)\s*"
    r"(?:(?P<operator>>=|<=|>|<|=)\s*'(?P<value>[^']*)'|in\s*\((?P<values>\s*'[^']*'(?:\s*,\s*'[^']*')*\s*)\))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Page:
    """What one request asks for; a token holds the rest of the question."""

    filter: str
    order_by: str
    offset: int

    def token(self, offset: int) -> str:
        return base64.urlsafe_b64encode(json.dumps([self.filter, self.order_by, offset]).encode()).decode()


def page_of_events(events: Sequence[Json], request: Request, most: int) -> Json:
    """The page of `events` (oldest first) that a request asks for, with no more than `most` of them."""
    page, size = _page(request), min(_page_size(request), most)
    wanted = conditions(page.filter)
    chosen = [event for event in events if all(holds(event) for holds in wanted)]
    if page.order_by == "timestamp desc":
        chosen.reverse()
    shown = chosen[page.offset : page.offset + size]
    answer: Json = {"events": shown} if shown else {}
    if page.offset + size < len(chosen):
        answer["next_page_token"] = page.token(page.offset + size)
    if page.offset:
        answer["prev_page_token"] = page.token(max(0, page.offset - size))
    return answer


def _page(request: Request) -> _Page:
    asked = (request.one("filter", ""), _order(request.query.get("order_by", [])))
    token = request.one("page_token", "")
    if not token:
        return _Page(*asked, 0)
    # Workspaces refuse it, so the SDK's own `list_pipeline_events` fails there after the first page.
    for name, what in (("filter", "specify a filter"), ("order_by", "specify an ordering")):
        if request.query.get(name):
            raise bad_request(f"You can provide a page token or {what}, but not both.")
    try:
        return _Page(*json.loads(base64.urlsafe_b64decode(token)))
    except ValueError:
        raise bad_request("Invalid page_token") from None


def _page_size(request: Request) -> int:
    size = request.one("max_results", str(_DEFAULT_PAGE))
    if not size.isdigit() or not 0 < int(size) <= _LARGEST_PAGE:
        raise bad_request(f"max_results must be between 1 and {_LARGEST_PAGE}")
    return int(size)


def _order(orders: Sequence[str]) -> str:
    if not orders:
        return "timestamp desc"
    order = re.fullmatch(r"timestamp(?:\s+(asc|desc))?", orders[0].strip(), re.IGNORECASE)
    if len(orders) > 1 or order is None:
        raise bad_request(f"Unsupported order_by {list(orders)}")
    return f"timestamp {(order[1] or 'asc').lower()}"


def conditions(text: str) -> list[Callable[[Json], bool]]:
    """The conditions of a filter such as `level in ('ERROR') AND timestamp > '...'`; any other is a 400."""
    if not text.strip():
        return []
    return [_condition(part) for part in re.split(r"\s+AND\s+", text.strip(), flags=re.IGNORECASE)]


def _condition(text: str) -> Callable[[Json], bool]:
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise bad_request(f"Unsupported filter: {text}")
    field = found["field"].lower()
    if found["values"] is not None:
        return _is_one_of(field, re.findall(r"'([^']*)'", found["values"]))
    if field == "timestamp":
        return _is_at(found["operator"], found["value"])
    if found["operator"] != "=":
        raise bad_request(f"Unsupported filter: {text}")
    return _is_one_of(field, [found["value"]])


def _is_one_of(field: str, values: Iterable[str]) -> Callable[[Json], bool]:
    wanted = frozenset(values)
    if field == "update_id":
        return lambda event: event["origin"].get("update_id") in wanted
    return lambda event: event[field] in wanted


def _is_at(name: str, text: str) -> Callable[[Json], bool]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"'{text}' is no timestamp") from None
    return lambda event: bool(_COMPARED[name](datetime.fromisoformat(event["timestamp"]), moment))
