"""The command `fitness-ops`."""

from __future__ import annotations


def main() -> None:
    """Run the command that the process was started with."""
    from workspace_ops.commands.app import app

    app(prog_name="fitness-ops")


__all__ = ["main"]
