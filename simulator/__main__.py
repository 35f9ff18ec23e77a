"""`python -m simulator` is `fitness-sim`."""

from __future__ import annotations

from simulator.commands import main

if __name__ == "__main__":
    main()
