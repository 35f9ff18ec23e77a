"""Prepares this machine once, so that the first run need not: `python -m dlt_local.session`."""

from __future__ import annotations

import sys

from dlt_local.errors import PipelineError
from dlt_local.session.jars import delta_jars
from dlt_local.session.java import find_java


def main() -> int:
    """Find or fetch Java and the Delta jars; 0 if Spark can start."""
    try:
        java = find_java()
        jars = delta_jars()
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Java {java.version} at {java.executable}, {len(jars)} Delta jars in {jars[0].parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
