"""What the runtime implements, read from its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def support_lines() -> Iterator[str]:
    """Names that pipelines may use under `dlt` and `pyspark.pipelines`, then those that are refused."""
    from dlt_local.api.modules import API, REFUSED

    yield "Served as `dlt` and as `pyspark.pipelines`:"
    yield from (f"  {name}" for name in sorted(set(API) - REFUSED))
    yield ""
    yield "Refused with the place of the call:"
    yield from (f"  {name}" for name in sorted(REFUSED))
