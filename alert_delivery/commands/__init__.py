"""The command `fitness-alerts`."""

from __future__ import annotations


def main() -> None:
    """Run the command that the process was started with."""
    from alert_delivery.commands.app import app

    app(prog_name="fitness-alerts")


__all__ = ["main"]
