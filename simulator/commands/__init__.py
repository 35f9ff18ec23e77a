"""The command `fitness-sim`."""

from __future__ import annotations


def main() -> None:
    """Run the command that the process was started with."""
    from simulator.commands.app import app

    app(prog_name="fitness-sim")


__all__ = ["main"]
