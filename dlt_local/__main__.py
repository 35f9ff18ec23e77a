"""`python -m dlt_local`, the same as `dlt-local`."""

from __future__ import annotations

from dlt_local.cli import main

main()
