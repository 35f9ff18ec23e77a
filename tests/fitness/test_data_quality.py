"""No rule of a feed is forgotten where rows are counted by rule."""

from __future__ import annotations

from fitness.data_quality import DATA_SETS_OF_FEEDS, rules_of_feed
from fitness.rule_files import FOLDER, rules_of


def test_every_judged_feed_is_counted() -> None:
    names = {file.stem.partition(".")[2] for file in FOLDER.glob("*_checked.yml")}
    judged = {name for name in names if not name.startswith("sql_")}
    assert set(DATA_SETS_OF_FEEDS.values()) == judged | {"kafka_multiplex_bz"}


def test_every_rule_and_flag_is_counted_once() -> None:
    for feed, data_set in DATA_SETS_OF_FEEDS.items():
        counted = rules_of_feed(feed)
        assert set(rules_of(data_set)) <= set(counted)
        assert len(counted) == len(set(counted))


def test_rules_that_only_other_feeds_tell_are_counted() -> None:
    added = {feed: set(rules_of_feed(feed)) - set(rules_of(name)) for feed, name in DATA_SETS_OF_FEEDS.items()}
    member = {"member_is_not_deleted"}
    assert added == {
        "registered_users": member,
        "gym_logins": {"device_is_registered", "logout_ends_a_visit", *member},
        "gyms": set(),
        "user_info": member,
        "workout": member,
        "bpm": member,
        "daily_activity": member,
        "kafka_multiplex": set(),
    }
