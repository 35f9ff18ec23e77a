"""The command `dlt-local`."""

from __future__ import annotations


def main() -> None:
    """Run the command that the process was started with."""
    from dlt_local.cli.app import app

    app(prog_name="dlt-local")


__all__ = ["main"]
