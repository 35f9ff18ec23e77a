"""Catalogue and schema names as the runtime accepts them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.project.yaml_nodes import Scalar

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def identifier(scalar: Scalar, field: str) -> str:
    """The name in a field; it becomes a folder and part of SQL, so only letters, digits and underscores."""
    if _IDENTIFIER.fullmatch(scalar.text):
        return scalar.text
    remedy = "Use letters, digits and underscores, with no digit at the start."
    raise PipelineError(f"'{scalar.text}' cannot be a {field} name", where=scalar.where, remedy=remedy)
