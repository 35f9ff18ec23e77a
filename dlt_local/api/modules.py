"""The API under its two import names, `dlt` and `pyspark.pipelines`, while a pipeline loads or runs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyspark

from dlt_local.api import datasets, expectations, flows, hooks, legacy, sinks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MODULES = ("dlt", "pyspark.pipelines", "pyspark.dbutils")

API: dict[str, Callable[..., Any]] = {
    "append_flow": flows.append_flow,
    "apply_changes": flows.apply_changes,
    "apply_changes_from_snapshot": flows.apply_changes_from_snapshot,
    "create_auto_cdc_flow": flows.create_auto_cdc_flow,
    "create_auto_cdc_from_snapshot_flow": flows.create_auto_cdc_from_snapshot_flow,
    "create_sink": sinks.create_sink,
    "create_streaming_live_table": legacy.create_streaming_live_table,
    "create_streaming_table": datasets.create_streaming_table,
    "create_table": legacy.create_table,
    "create_target_table": legacy.create_target_table,
    "create_view": legacy.create_view,
    "expect": expectations.expect,
    "expect_all": expectations.expect_all,
    "expect_all_or_drop": expectations.expect_all_or_drop,
    "expect_all_or_fail": expectations.expect_all_or_fail,
    "expect_or_drop": expectations.expect_or_drop,
    "expect_or_fail": expectations.expect_or_fail,
    "foreach_batch_sink": sinks.foreach_batch_sink,
    "materialized_view": datasets.materialized_view,
    "on_event_hook": hooks.on_event_hook,
    "read": legacy.read,
    "readStream": legacy.read_stream,
    "read_stream": legacy.read_stream,
    "table": datasets.table,
    "temporary_view": datasets.temporary_view,
    "update_flow": flows.update_flow,
    "view": datasets.temporary_view,
}
# In the module, so that a pipeline that calls them is told why not instead of failing on a missing name.


def _module(name: str) -> ModuleType:
    module = ModuleType(name, "Lakeflow declarative pipelines, served by dlt_local.")
    module.__path__ = []  # an empty package: `import dlt.x` fails cleanly instead of finding another `dlt`
    module.__dict__.update(API)
    module.__all__ = sorted(API)  # type: ignore[attr-defined] # ModuleType has no __all__
    return module


def _dbutils_module(dbutils: object) -> ModuleType:
    module = ModuleType("pyspark.dbutils", "The utilities of Databricks, served by dlt_local.")
    module.__dict__["DBUtils"] = lambda *_: dbutils
    return module


@contextmanager
def pipeline_modules(dbutils: object) -> Iterator[None]:
    """Serve both import names of the API, and `pyspark.dbutils`; put back afterwards what was there before."""
    before = {name: sys.modules.get(name) for name in _MODULES}
    attribute = getattr(pyspark, "pipelines", None)
    served = {name: _module(name) for name in ("dlt", "pyspark.pipelines")}
    sys.modules.update({**served, "pyspark.dbutils": _dbutils_module(dbutils)})
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
