"""Prepares this machine once, so that no run needs to: `python -m dlt_local.session`."""

from __future__ import annotations

import sys

from dlt_local.errors import PipelineError
from dlt_local.session.cache import cache_folder
from dlt_local.session.class_archive import archive_file, build_archive
from dlt_local.session.gateway import class_path
from dlt_local.session.jars import DELTA_JARS, cached_jars
from dlt_local.session.java import find_java


def main() -> int:
    """Find or fetch Java and the Delta jars, and make the archive of classes; 0 if Spark can start."""
    try:
        java = find_java()
        jars = cached_jars(DELTA_JARS)
    except PipelineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(f"Java {java.version} at {java.executable}, {len(jars)} Delta jars in {jars[0].parent}", flush=True)
    if build_archive(archive_file(java, class_path(jars))):
        print(f"Spark's classes are ready in {cache_folder('classes')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
