"""How values are handed to the page, and how people read them."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_VALUE = "\N{EN DASH}"
_MOST_PLACES = 2


def plain(value: Any) -> Any:
    """A value as JSON knows it: times in ISO 8601, what is no finite number as none."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def as_text(value: Any, kind: str, number_format: Mapping[str, Any] | None = None) -> str:
    """A plain value for people; the page's script writes the same."""
    if value is None:
        return _NO_VALUE
    if kind == "number":
        return _number(value, number_format or {})
    if kind == "boolean":
        return "yes" if value else "no"
    if kind == "time":
        return str(value).replace("T", " ").removesuffix("Z").removesuffix(":00")
    return str(value)


def places(number_format: Mapping[str, Any]) -> tuple[int, int]:
    """The least and the most digits after the point."""
    wanted = number_format.get("decimalPlaces")
    if not isinstance(wanted, dict) or not isinstance(wanted.get("places"), int):
        return (0, _MOST_PLACES)
    return (wanted["places"] if wanted.get("type") == "exact" else 0, wanted["places"])


def is_percent(number_format: Mapping[str, Any]) -> bool:
    """Whether a share of one is written in percent."""
    return number_format.get("type") == "number-percent"


def _number(value: float, number_format: Mapping[str, Any]) -> str:
    least, most = places(number_format)
    number = Decimal(repr(value)) * (100 if is_percent(number_format) else 1)
    whole, _, digits = f"{number.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP):,f}".partition(".")
    digits = digits[:least] + digits[least:].rstrip("0")
    text = f"{whole}.{digits}" if digits else whole
    return ("0" if text == "-0" else text) + ("%" if is_percent(number_format) else "")
