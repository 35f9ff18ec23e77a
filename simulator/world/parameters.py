"""Everything that a world depends on: one value per parameter, with its unit, bounds and where the default is from."""

from __future__ import annotations

import math
from dataclasses import Field, dataclass, field, fields, replace
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOST_DAYS = 3660


def _share(default: float) -> Any:
    return field(default=default, metadata={"low": 0.0, "high": 1.0})


def _number(default: float, *, low: float = 0.0, high: float = math.inf) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


def _list(*default: float, low: float = 0.0) -> Any:
    return field(default=default, metadata={"low": low, "high": math.inf})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All parameters. Shares and rates lie in 0 to 1; other units are in the name or its text.

    Sources by name: see docs/simulator.md. "Choice" is a value of our own.
    """

    members: int = field(metadata={"low": 1, "high": 10_000_000})
    """People who are members at some time of the run."""
    days: int = field(metadata={"low": 1, "high": _MOST_DAYS})
    """Days of the run."""
    seed: int = field(default=42, metadata={"low": 0, "high": 2**63 - 1})
    """Same seed, same bytes."""
    start: date = date(2026, 5, 4)
    """First day. The pipeline rejects what lies in its future."""

    # People
    resting_hr_mean: float = _number(65.0, low=30)
    """bpm; Quer 2020, n = 92,457."""
    resting_hr_sd: float = _number(8.0)
    """bpm; Quer 2020."""
    max_hr_sd: float = _number(10.0)
    """bpm round 208 - 0.7 age; Tanaka 2001, Robergs 2002: 10 to 12."""
    new_member_share: float = _share(0.15)
    """Share who register during the run; choice."""
    history_days: int = field(default=365, metadata={"low": 1, "high": _MOST_DAYS})
    """All others registered this long before the run, or later; choice."""
    late_registration_share: float = _share(0.02)
    """Share of registrations and first profiles that arrive up to two days late; choice."""
    delete_per_month: float = _share(0.01)
    """Members who leave, per 30 days; choice."""
    return_share: float = _share(0.05)
    """Share of these who come back; choice."""
    stray_update_share: float = _share(0.3)
    """Share of those who left for whom an update comes afterwards; choice."""
    updates_per_year: float = _number(365 / 180)
    """Changes of a profile; choice: one in 180 days."""
    burst_share: float = _share(0.3)
    """Share of changes that come as two to four within two minutes; choice."""
    debezium_share: float = _share(0.3)
    """Share of members whose profile comes as changes of a database; choice."""

    # Devices
    second_device_share: float = _share(0.15)
    """Members who wear a strap beside the watch in workouts; choice."""
    swap_per_month: float = _share(0.01)
    """Members who change their watch, per 30 days; choice."""
    handed_on_share: float = _share(0.5)
    """Share of changes to a watch that the member before gave back, if there is one; choice."""
    clock_offset_sd_s: float = _number(2.0)
    """Seconds by which clocks of devices are off; choice."""
    skewed_clock_share: float = _share(0.005)
    """Share of devices that are off by up to half an hour; choice."""
    wear_share: float = _share(0.62)
    """Share of the day that a device is worn, apart from workouts; 0.62 gives about 6,200 readings (wrist trackers)."""
    not_worn_share: float = _share(0.04)
    """Share of days on which it is worn in workouts only; choice."""
    rest_sampling_s: tuple[float, ...] = _list(5.0, 10.0, 15.0, low=1)
    """Seconds between readings at rest; wrist trackers."""
    rest_sampling_mix: tuple[float, ...] = _list(0.47, 0.29, 0.24)
    """How often each of these occurs; wrist trackers."""
    workout_sampling_s: int = field(default=1, metadata={"low": 1, "high": 60})
    """Seconds between readings in workouts; wrist trackers."""

    # Gyms
    zones: tuple[str, ...] = ("Europe/Berlin", "Europe/London", "America/New_York")
    """Time zone of each city in turn."""
    city_members: int = field(default=600, metadata={"low": 1, "high": 10_000_000})
    """Members per city, in the order of their numbers; choice."""
    city_gyms: int = field(default=3, metadata={"low": 1, "high": 50})
    """Gyms of each city; choice."""
    capacity_low: int = field(default=60, metadata={"low": 1, "high": 100_000})
    """Smallest capacity of a gym; choice."""
    capacity_high: int = field(default=400, metadata={"low": 1, "high": 100_000})
    """Largest; choice."""
    outages_per_month: float = _number(0.3)
    """Times that the door of a gym fails, per 30 days; choice."""
    outage_median_hours: float = _number(6.0, low=0.01)
    """Length of such a failure, lognormal with sigma 1; choice. Doors of real gyms failed for hours to months."""
    event_door_share: float = _share(0.3)
    """Share of gyms whose doors send events instead of lines; choice."""
    missing_logout_low: float = _share(0.2)
    """Share of visits without logout at the best gym; public visit data: 20 to 60 %."""
    missing_logout_high: float = _share(0.6)
    """At the worst."""
    relogin_share: float = _share(0.01)
    """Share of visits with a second login within ten minutes; choice."""
    late_logout_share: float = _share(0.02)
    """Share of lines that come without logout, and the day after with it; choice."""

    # Visits and workouts
    visits_per_week: float = _number(2.2)
    """Mean of all members before one tenth falls away, as nobody comes again within an hour; PureGym: 2 a week."""
    dwell_mean_minutes: float = _number(69.0, low=5)
    """PureGym."""
    dwell_p90_minutes: float = _number(110.0, low=5)
    """PureGym; must be above the mean, and below 2.27 times the mean."""
    workout_share: float = _share(0.9)
    """Share of visits with a workout that is recorded; choice."""
    outdoor_per_week: float = _number(0.3)
    """Workouts outside of gyms; choice."""
    pause_share: float = _share(0.3)
    """Share of workouts with one or two pauses of 45 to 385 s; recorded workouts."""
    tau_on_median_s: float = _number(30.0, low=1)
    """Time constant of the heart at onset; fits of recorded onsets: median 29 s, good fits 23 to 89 s."""
    swim_dropout_share: float = _share(0.27)
    """Share of readings that are lost in a swim; recorded workouts."""

    # Heart
    noise_phi: float = field(default=0.93, metadata={"low": 0.0, "high": 0.999})
    """Correlation of the noise with that of a second before; recorded workouts: lag-1 0.91 to 0.98."""
    noise_sd_low: float = _number(1.5)
    """bpm, of the calmest person; recorded workouts: SD 1.2 to 5.7."""
    noise_sd_high: float = _number(4.0)
    """bpm, of the least calm."""
    high_episodes_per_month: float = _number(0.05)
    """Times per member and 30 days that the heart races at rest, for 15 to 40 minutes; choice."""
    low_episodes_per_month: float = _number(0.02)
    """Times that it beats too slowly; choice."""
    illnesses_per_month: float = _number(0.08)
    """Illnesses of 3 to 6 days with a raised resting heart rate; choice. Quer 2020: 20 % have such a week."""
    illness_bpm: float = _number(12.0)
    """By how much it is raised; Quer 2020: swings of 10 bpm and more."""

    # Faults of heart-rate messages
    dropouts_per_hour: float = _number(0.3)
    """Times that readings stop, per hour of wear; choice."""
    dropout_mean_s: float = _number(90.0, low=1)
    """Mean length of these; choice."""
    zero_share: float = _share(0.005)
    """Readings without contact, 0 or null; choice."""
    spike_share: float = _share(0.0001)
    """Readings 1.5 to 2 times too high, or 60 bpm; choice."""
    stuck_share: float = _share(0.00002)
    """Readings of devices that show one value for 10 to 20 minutes; choice."""
    duplicate_share: float = _share(0.005)
    """Messages that are sent twice; choice."""
    conflict_share: float = _share(0.0002)
    """Messages that come again with another value; choice."""
    late_share: float = _share(0.03)
    """Readings that wait until a device finds its network; choice."""
    late_p99_hours: float = _number(6.0, low=0.1)
    """99 of 100 of these waits are shorter; lognormal, choice."""
    out_of_order_share: float = _share(0.05)
    """Messages that overtake others by up to a minute; choice."""
    corrupt_share: float = _share(0.0005)
    """Messages that are cut off; one in five of these loses its envelope; choice."""
    null_share: float = _share(0.001)
    """Messages with null as device, time or heart rate; choice."""
    impossible_share: float = _share(0.0002)
    """Messages with a negative rate, one above 300, or a text; choice."""
    wrong_clock_share: float = _share(0.0002)
    """Messages from 25 years ahead, or of a clock that began anew in 2000; choice."""
    unknown_topic_share: float = _share(0.00005)
    """Messages of a topic that nobody knows; choice."""

    # Faults of the other feeds and of files
    missing_stop_share: float = _share(0.02)
    """Workouts that nobody stops; choice."""
    orphan_stop_share: float = _share(0.005)
    """Workouts whose start is lost; choice."""
    repeated_message_share: float = _share(0.005)
    """Messages and lines of the other feeds that are sent twice; choice."""
    broken_copy_share: float = _share(0.005)
    """Messages and lines of the other feeds of which a broken copy comes too; choice."""
    bad_visit_share: float = _share(0.003)
    """Lines of doors with a logout before the login, a bad MAC address, or a gym that is no number; choice."""
    resent_file_share: float = _share(0.02)
    """Files that come again the day after under another name; choice."""
    late_file_share: float = _share(0.01)
    """Files of heart rates that come a day or two late; choice."""

    # Daily activity
    zero_day_share: float = _share(0.08)
    """Days without a step; tracker totals: 25 of 346 days."""
    steps_mean: float = _number(7600.0, low=1)
    """Mean of all days, those without steps included; tracker totals."""
    restated_share: float = _share(0.1)
    """Days that are reported again with more; choice."""

    def __post_init__(self) -> None:
        for each in fields(self):
            _check(each, getattr(self, each.name))
        _check_together(self)


_FIELDS: dict[str, Field[Any]] = {each.name: each for each in fields(Parameters)}


def changed(parameters: Parameters, settings: Mapping[str, object]) -> Parameters:
    """With other values, given as texts or as YAML has them; PipelineError for an unknown key or a bad value."""
    for name in settings:
        if name not in _FIELDS:
            near = get_close_matches(name, _FIELDS, n=1)
            remedy = f"Did you mean '{near[0]}'?" if near else "docs/simulator.md lists them."
            raise PipelineError(f"There is no parameter '{name}'", remedy=remedy)
    typed: dict[str, Any] = {name: _typed(name, value) for name, value in settings.items()}
    return replace(parameters, **typed)


def assignments(texts: Iterable[str]) -> dict[str, object]:
    """`key=value` as a mapping; PipelineError for what has another form, and for a key that comes twice."""
    found: dict[str, object] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise PipelineError(f"'{text}' is no assignment", remedy="Write key=value, such as late_share=0.1.")
        if key.strip() in found:
            raise PipelineError(f"Parameter '{key.strip()}' is set twice")
        found[key.strip()] = value.strip()
    return found


def _typed(name: str, value: object) -> object:
    default = _FIELDS[name].default
    try:
        if isinstance(default, tuple):
            parts = value if isinstance(value, list | tuple) else str(value).split(",")
            return tuple(str(part).strip() if name == "zones" else float(part) for part in parts)
        if isinstance(default, date):
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        return float(str(value)) if isinstance(default, float) else int(str(value))
    except ValueError:
        kinds = {float: "a number", date: "a date like 2026-05-04", tuple: "a list with commas between"}
        expected = kinds.get(type(default), "a whole number")
        raise PipelineError(f"Parameter '{name}' is {value!r}; it must be {expected}") from None


def _check(each: Field[Any], value: Any) -> None:
    if "low" not in each.metadata:
        return
    low, high = each.metadata["low"], each.metadata["high"]
    for number in value if isinstance(value, tuple) else (value,):
        if not (low <= number <= high) or math.isinf(number):
            bounds = f"at least {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}"
            raise PipelineError(f"Parameter '{each.name}' is {number:g}; it must be {bounds}")


def _check_together(parameters: Parameters) -> None:
    for low, high in (
        ("capacity_low", "capacity_high"),
        ("missing_logout_low", "missing_logout_high"),
        ("noise_sd_low", "noise_sd_high"),
        ("dwell_mean_minutes", "dwell_p90_minutes"),
    ):
        if getattr(parameters, low) > getattr(parameters, high):
            raise PipelineError(f"Parameter '{low}' must not be above '{high}'")
    if parameters.dwell_p90_minutes > 2.27 * parameters.dwell_mean_minutes:
        raise PipelineError("Parameter 'dwell_p90_minutes' must be below 2.27 times 'dwell_mean_minutes'")
    if len(parameters.rest_sampling_s) != len(parameters.rest_sampling_mix) or sum(parameters.rest_sampling_mix) <= 0:
        raise PipelineError("Parameter 'rest_sampling_mix' needs one share for each of 'rest_sampling_s', not all 0")
    if not parameters.zones:
        raise PipelineError("Parameter 'zones' must name a time zone")
    for zone in parameters.zones:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise PipelineError(f"Parameter 'zones' names '{zone}', which is no time zone") from None
