"""Noise that remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.world.streams import Random

_NOTHING_LEFT = 1e-9


def noise(random: Random, times: NDArray[np.int64], phi: float, sd: float) -> NDArray[np.float64]:
    """First-order autoregressive noise at times in seconds, equally spaced or not.

    `phi` is the correlation over one second, `sd` the deviation at every time.
    """
    if len(times) == 0:
        return np.zeros(0)
    memory = np.empty(len(times))
    memory[0], memory[1:] = 0.0, phi ** np.diff(times)
    return sd * linear_recurrence(memory, np.sqrt(1 - memory**2) * random.standard_normal(len(times)))


def linear_recurrence(factors: NDArray[np.float64], terms: NDArray[np.float64]) -> NDArray[np.float64]:
    """x[k] = factors[k] * x[k - 1] + terms[k], where x[-1] is 0; factors lie in 0 to 1.

    Each pass doubles how far back a value looks, until what lies there no longer counts.
    """
    values, reach = terms.copy(), factors.copy()
    reach[:1] = 0.0
    step = 1
    while step < len(values) and reach[step:].max() > _NOTHING_LEFT:
        values[step:] += reach[step:] * values[:-step]
        reach[step:] *= reach[:-step].copy()
        reach[:step] = 0.0
        step *= 2
    return values
