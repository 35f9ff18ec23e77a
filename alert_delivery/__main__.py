"""`python -m alert_delivery` is `fitness-alerts`."""

from __future__ import annotations

from alert_delivery.commands import main

if __name__ == "__main__":
    main()
