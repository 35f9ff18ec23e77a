"""`python -m tests.bundle.lint` says what is wrong with the bundle; with `--page` it prints docs/bundle_checks.md."""

from __future__ import annotations

import sys

from tests.bundle.lint.page import page
from tests.bundle.lint.rules import findings
from tests.bundle.lint.view import our_facts
from tests.bundle.rendering import ROOT, TARGETS


def main() -> int:
    """The number of targets with findings."""
    if sys.argv[1:] == ["--page"]:
        sys.stdout.write(page())
        return 0
    bad = 0
    for target in TARGETS:
        found = findings(ROOT, target, our_facts())
        bad += bool(found)
        for finding in found:
            sys.stdout.write(f"{target}: {str(finding).replace(f'{ROOT}/', '')}\n")
    return bad


if __name__ == "__main__":
    raise SystemExit(main())
