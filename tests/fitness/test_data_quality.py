"""No rule of a feed is forgotten where rows are counted by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fitness import (
    daily_activity,
    envelope,
    gym_logins,
    gyms,
    heart_rate_messages,
    profile_messages,
    registrations,
    workout_messages,
)
from fitness.data_quality import RULES_OF_FEEDS

if TYPE_CHECKING:
    from types import ModuleType

MODULES = {
    "registered_users": registrations,
    "gym_logins": gym_logins,
    "gyms": gyms,
    "user_info": profile_messages,
    "workout": workout_messages,
    "bpm": heart_rate_messages,
    "daily_activity": daily_activity,
    "kafka_multiplex": envelope,
}


def test_every_feed_is_counted() -> None:
    assert set(RULES_OF_FEEDS) == set(MODULES)


@pytest.mark.parametrize("feed", MODULES)
def test_every_rule_and_flag_is_counted(feed: str) -> None:
    module: ModuleType = MODULES[feed]
    known = {*module.RULES, *getattr(module, "FLAGS", {})}
    assert known <= set(RULES_OF_FEEDS[feed])
