"""What the doors of the gyms say about visits: a line a visit, or an event for each login and logout."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.world.calendar import DAY_S
from simulator.world.sent import Channel, CutOff, Fate, Sent, rejected, with_copies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.world.gyms import Gym
    from simulator.world.parameters import Parameters
    from simulator.world.profiles import Absence
    from simulator.world.streams import Random
    from simulator.world.visits import Visit

_HEADER = "mac_address,gym,login,logout"
_EVENTS = Channel("kafka_multiplex", "gym_logins", topic="gym_logins")
_CUT_OFF = CutOff(
    (
        "action_is_login_or_logout", "device_is_named", "event_time_readable", "gym_is_a_number",
        "message_is_one_json_object",
    ),
)  # fmt: skip
_WRITTEN_AFTER_S = 4 * 3600  # a line without logout
_EARLIER_S = 600


class Bad(StrEnum):
    """What may be wrong with a line, so that it is rejected."""

    LOGOUT_BEFORE_LOGIN = "logout before login"
    MAC_ADDRESS = "bad MAC address"
    GYM = "gym is no number"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A visit as the door saw it; `relogin_s` is a second login, `logout_s` None if nobody logged out."""

    login_s: int
    logout_s: int | None
    relogin_s: int | None
    bad: Bad | None
    """What is wrong with its line."""


def recorded(parameters: Parameters, random: Random, gym: Gym, visit: Visit) -> Recorded | None:
    """None if the door was offline at the login."""
    forgets, comes_twice, is_bad = random.random(3)
    after_s, kind = int(random.integers(30, 590)), Bad(random.choice(list(Bad)))
    if not gym.is_recorded(visit.login_s):
        return None
    logs_out = forgets >= gym.missing_logout_share and gym.is_recorded(visit.logout_s)
    relogin_s = visit.login_s + after_s
    is_again = comes_twice < parameters.relogin_share and relogin_s < visit.logout_s and gym.is_recorded(relogin_s)
    may_be_bad = not gym.sends_events and not is_again
    return Recorded(
        visit.login_s,
        visit.logout_s if logs_out else None,
        relogin_s if is_again else None,
        kind if may_be_bad and is_bad < parameters.bad_visit_share else None,
    )


def door_messages(
    parameters: Parameters, random: Random, gym: Gym, mac_address: str, seen: Recorded, away: Absence | None
) -> list[Sent]:
    """Lines or events of one visit, with what is wrong with them; those of a former member are rejected."""
    form = _events if gym.sends_events else _lines
    sent = []
    for at_s, each in form(parameters, random, gym, mac_address, seen):
        is_gone = away is not None and away.has(at_s) and each.fate is not Fate.QUARANTINE
        sent.append(rejected(each, "member_is_not_deleted", fault="visit after a delete") if is_gone else each)
    return list(with_copies(parameters, random, sent, _CUT_OFF if gym.sends_events else None))


def _lines(
    parameters: Parameters, random: Random, gym: Gym, mac_address: str, seen: Recorded
) -> Iterator[tuple[int, Sent]]:
    channel = Channel("gym_logins", f"gym_logins_{gym.gym}", header=_HEADER)
    is_late = random.random()

    def line(arrival_s: float, login_s: int, logout_s: int | None) -> Sent:
        text = f"{mac_address},{gym.gym},{login_s},{'' if logout_s is None else logout_s}"
        return Sent(arrival_s, channel, text)

    written_s = (seen.logout_s or seen.login_s + _WRITTEN_AFTER_S) + 60
    last_login_s = seen.relogin_s or seen.login_s
    last = line(written_s, last_login_s, seen.logout_s)
    if seen.bad is not None:
        yield seen.login_s, _bad(last, mac_address, gym, seen)
        return
    if seen.relogin_s is not None:
        yield seen.login_s, line(seen.relogin_s + 1, seen.login_s, None)
        yield last_login_s, replace(last, fate=Fate.MERGED, fault="second login")
    elif seen.logout_s is not None and is_late < parameters.late_logout_share:
        early = line(seen.login_s + 60, seen.login_s, None)
        yield seen.login_s, replace(early, fate=Fate.SUPERSEDED, fault="logout comes later")
        yield seen.login_s, replace(last, arrival_s=last.arrival_s + DAY_S)
    else:
        yield seen.login_s, replace(last, fault="" if seen.logout_s else "no logout")


def _bad(line: Sent, mac_address: str, gym: Gym, seen: Recorded) -> Sent:
    logout = seen.logout_s or ""
    if seen.bad is Bad.LOGOUT_BEFORE_LOGIN:
        text = f"{mac_address},{gym.gym},{seen.login_s},{seen.login_s - _EARLIER_S}"
        return rejected(replace(line, text=text), "logout_after_login", fault=seen.bad.value)
    if seen.bad is Bad.MAC_ADDRESS:
        text = f"unknown,{gym.gym},{seen.login_s},{logout}"
        return rejected(replace(line, text=text), "mac_address_has_six_pairs", fault=seen.bad.value)
    text = f"{mac_address},main,{seen.login_s},{logout}"
    return rejected(replace(line, text=text), "gym_is_a_number", fault=Bad.GYM.value)


def _events(
    _parameters: Parameters, _random: Random, gym: Gym, mac_address: str, seen: Recorded
) -> Iterator[tuple[int, Sent]]:
    def event(action: str, at_s: int) -> Sent:
        value = {"mac_address": mac_address, "gym": gym.gym, "timestamp": at_s, "action": action}
        return Sent(at_s + 1, _EVENTS, json.dumps(value), key=mac_address)

    yield seen.login_s, replace(event("login", seen.login_s), fault="" if seen.logout_s else "no logout")
    if seen.relogin_s is not None:
        yield seen.relogin_s, replace(event("login", seen.relogin_s), fate=Fate.MERGED, fault="second login")
    if seen.logout_s is not None:
        yield seen.logout_s, event("logout", seen.logout_s)
