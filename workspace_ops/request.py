"""What an update shall do, and how patiently it is followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between looks, of the longest wait after a lost connection, and until it counts as lost for good."""

    look: float = 1.0
    longest_wait: float = 30.0
    give_up: float = 900.0


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What an update shall do; without selection everything that is new."""

    refresh: tuple[str, ...] = ()
    full_refresh: tuple[str, ...] = ()
    full_refresh_all: bool = False
    validate_only: bool = False
    development: bool = False

    def fields(self) -> dict[str, Any]:
        """Arguments of the SDK, only those that differ from its defaults."""
        given = {
            "refresh_selection": list(self.refresh),
            "full_refresh_selection": list(self.full_refresh),
            "full_refresh": self.full_refresh_all,
            "validate_only": self.validate_only,
            "development": self.development,
        }
        return {name: value for name, value in given.items() if value}
