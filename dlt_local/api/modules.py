"""The API under its two import names, `dlt` and `pyspark.pipelines`, while a pipeline loads or runs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyspark

from dlt_local.api import datasets, expectations, flows, legacy, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MODULES = ("dlt", "pyspark.pipelines")

SUPPORTED: dict[str, Callable[..., Any]] = {
    "append_flow": flows.append_flow,
    "apply_changes": flows.apply_changes,
    "create_auto_cdc_flow": flows.create_auto_cdc_flow,
    "create_streaming_live_table": datasets.create_streaming_table,
    "create_streaming_table": datasets.create_streaming_table,
    "create_table": datasets.table,
    "create_target_table": datasets.create_streaming_table,
    "create_view": datasets.temporary_view,
    "expect": expectations.expect,
    "expect_all": expectations.expect_all,
    "expect_all_or_drop": expectations.expect_all_or_drop,
    "expect_all_or_fail": expectations.expect_all_or_fail,
    "expect_or_drop": expectations.expect_or_drop,
    "expect_or_fail": expectations.expect_or_fail,
    "materialized_view": datasets.materialized_view,
    "read": legacy.read,
    "readStream": legacy.read_stream,
    "read_stream": legacy.read_stream,
    "table": datasets.table,
    "temporary_view": datasets.temporary_view,
    "view": datasets.temporary_view,
}


def _module(name: str) -> ModuleType:
    module = ModuleType(name, "Lakeflow declarative pipelines, served by dlt_local.")
    module.__path__ = []  # an empty package: `import dlt.x` fails cleanly instead of finding another `dlt`
    module.__dict__.update(SUPPORTED)
    module.__dict__.update({name: unsupported.refusing(name) for name in unsupported.NAMES})
    module.__all__ = sorted({*SUPPORTED, *unsupported.NAMES})  # type: ignore[attr-defined] # ModuleType has no __all__
    return module


@contextmanager
def pipeline_modules() -> Iterator[None]:
    """Serve both import names, and put back what was there before."""
    before = {name: sys.modules.get(name) for name in _MODULES}
    attribute = getattr(pyspark, "pipelines", None)
    served = {name: _module(name) for name in _MODULES}
    sys.modules.update(served)
    pyspark.pipelines = served["pyspark.pipelines"]  # type: ignore[attr-defined] # restored below
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
        if attribute is None:
            del pyspark.pipelines  # type: ignore[attr-defined] # it was not there before
        else:
            pyspark.pipelines = attribute  # type: ignore[attr-defined] # put back
