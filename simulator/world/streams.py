"""Random streams: each part of each entity has one of its own, so that nothing depends on the order of the work."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

Random = np.random.Generator


class Part(IntEnum):
    """What a stream is for; a new part gets a new number, so that the old ones stay as they are."""

    PERSON = 1
    MEMBERSHIP = 2
    PROFILE = 3
    DEVICES = 4
    GYM = 5
    OUTAGES = 6
    VISITS = 7
    WORKOUTS = 8
    HEART = 9
    READING_FAULTS = 10
    DELIVERY = 11
    ACTIVITY = 12
    FILES = 13


def stream(seed: int, part: Part, *entity: int) -> Random:
    """The stream of a part of an entity, such as a member, or a member's day."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(part, *entity))))
