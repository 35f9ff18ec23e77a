"""`python -m workspace_ops` is `fitness-ops`."""

from __future__ import annotations

from workspace_ops.commands import main

if __name__ == "__main__":
    main()
