"""The pipeline's configuration: every `fitness.*` key, its default, and the names that follow from it."""

from __future__ import annotations

import math
from dataclasses import Field, dataclass, fields
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql.conf import RuntimeConfig


@dataclass(frozen=True, slots=True)
class Settings:
    """One attribute per key `fitness.<attribute>` of the pipeline's configuration."""

    landing_path: str = ""
    """The folder with a folder per feed; only the live pipeline does without."""
    bronze_schema: str = "bronze"
    silver_schema: str = "silver"
    gold_schema: str = "gold"
    time_zone: str = "UTC"
    """Local days, such as the date of a visit, are days of this zone."""
    local_time_zone: str = ""
    """Times without offset in the feeds are of this zone; empty: they are rejected."""
    session_limit_hours: int = 3
    """A started workout without any further event is abandoned after this."""
    max_visit_minutes: int = 180
    """A visit without logout counts as on-site for this long."""
    same_visit_minutes: int = 10
    """A second login at the same gym within this, with no logout between, is the same visit."""
    longest_visit_hours: int = 16
    """A logout later than this after the login is not believed."""
    gap_limit_s: int = 60
    """A reading stands for at most this long."""
    slope_bpm_per_s: float = 10.0
    """A heart rate that changes faster, and does not stay there, is suspect; 0 turns the rule off."""
    slope_within_s: int = 15
    """Readings farther apart than this are not compared for that, nor for a spike."""
    spike_bpm: float = 30.0
    """A reading farther than this from those around it is suspect; 0 turns the rule off."""
    spike_neighbours: int = 5
    """How many readings on either side are around it."""
    noise_percent: int = 30
    """Where more of the steps between readings are too steep, no single reading is suspect."""
    noise_steps: int = 30
    """How many readings on either side count for that."""
    assumed_visit_minutes: int = 69
    """Length of a visit without believable logout, where the gym's visits of the last 28 days do not tell."""
    amber_percent: int = 80
    """From this share of its capacity on a gym is filling up."""
    red_percent: int = 90
    """From this share of its capacity on a gym is full."""
    risk_days: int = 14
    """A member away for longer than this, and than three times the usual gap, may be about to leave."""
    churned_days: int = 60
    """A member without visit or workout for this long has left."""
    smallest_group: int = 5
    """Numbers about fewer people than this are not shown."""
    door_silence_hours: int = 24
    """A door that says nothing for longer than this is taken to be offline."""

    hr_max_formula: str = "tanaka"
    """Highest heart rate by age: tanaka, fox, gellish, or gulati for women."""
    zone_scheme: str = "hrmax"
    """Zones by share of the highest rate (hrmax), of the reserve (hrr) or of the lactate threshold (lthr)."""
    lthr_percent_of_hr_max: float = 90.0
    """The lactate threshold of a member, of whom none is known."""
    default_resting_hr: int = 60
    """Resting heart rate of a member without a baseline."""
    kcal_min_bpm: int = 90
    """Energy is estimated for readings from here on."""
    baseline_days: int = 28
    """The baseline of the resting heart rate is the median of the daily values of this many days before."""
    baseline_min_days: int = 7
    """With fewer daily values there is no baseline."""
    window_minutes: int = 10
    """Length of a heart-rate window."""
    window_slide_minutes: int = 5
    """A heart-rate window starts each so many minutes."""
    recovery_minutes: int = 10
    """So long after exercise the heart is not at rest."""
    anomaly_window_minutes: int = 60
    """A reading is compared with those of this long before, of the same workout or the same rest."""
    anomaly_step_minutes: int = 5
    """What it is compared with moves on each so many minutes."""
    anomaly_min_samples: int = 30
    """With fewer readings to compare with, nothing is said."""
    anomaly_min_minutes: int = 10
    """Nor with readings in fewer minutes: a heart that settles in is not odd."""
    anomaly_z: float = 3.5
    """Robust z-scores beyond this are anomalies."""
    alert_after_s: int = 600
    """A heart rate must be too high at rest, or too low, for this long."""
    alert_coverage_percent: int = 80
    """Readings must stand for this share of that time."""
    high_hr_bpm: int = 120
    """Above this a heart rate at rest is high."""
    high_hr_clear_bpm: int = 115
    """Below this for `high_hr_clear_s` it is no longer high."""
    high_hr_clear_s: int = 120
    """See `high_hr_clear_bpm`."""
    low_hr_bpm: int = 40
    """Below this a heart rate is low; 35 suits athletes."""
    low_hr_clear_bpm: int = 42
    """From this on it is no longer low."""
    over_max_percent: float = 100.0
    """Above this share of the highest heart rate of the age a workout is too hard."""
    over_max_after_s: int = 60
    """If it lasts this long."""
    over_max_clear_s: int = 60
    """At or below that share for this long it is no longer too hard."""
    artefact_percent: float = 110.0
    """Above this share for `artefact_after_s` the device counts something else, such as steps."""
    artefact_after_s: int = 10
    """See `artefact_percent`."""
    drift_min_bpm: float = 5.0
    """A resting heart rate is raised from this far above its baseline on, and from `drift_mads` on."""
    drift_mads: float = 3.0
    """Standard deviations, estimated by the median distance of the baseline's days."""
    drift_days: int = 2
    """It must be raised on so many consecutive days."""
    stuck_rest_s: int = 600
    """A device that shows one value for this long is stuck."""
    stuck_workout_s: int = 120
    """In a workout it is stuck from here on."""
    dropout_s: int = 300
    """Longer without a valid reading in active time is a dropout."""
    completed_min_active_s: int = 60
    """A stopped workout counts as completed in the daily rate from this active time on."""
    load_decay: str = "exp"
    """Share of a day in fitness and fatigue: exp is 1 - e^(-1/n), 1/tau is 1/n, 2/(n+1) is the name's own formula."""
    ctl_days: int = 42
    """Time constant of fitness (chronic load)."""
    atl_days: int = 7
    """Time constant of fatigue (acute load)."""

    kafka_bootstrap_servers: str = ""
    """Brokers that bronze reads beside the landing files, as host:port with commas between; empty: files only."""
    kafka_topics: str = ""
    """Topics of `kafka_multiplex_bz`, with commas between; empty: all that the pipeline knows."""
    kafka_topic_pattern: str = ""
    """A regular expression in place of the names; topics that nobody knows go to quarantine."""
    kafka_daily_activity_topic: str = "user_activity"
    """Topic of `daily_activity_bz`; empty: none."""
    kafka_starting_offsets: str = "earliest"
    """Where the first update begins: earliest, latest, or offsets per topic and partition as JSON."""
    kafka_max_offsets_per_trigger: int = 1_000_000
    """A micro-batch reads at most this many messages; 0: no limit."""
    kafka_fail_on_data_loss: str = "true"
    """Whether an update fails when messages were deleted before it read them; false: it goes on with those left."""
    kafka_security_protocol: str = ""
    """PLAINTEXT (also if empty), SSL, SASL_PLAINTEXT or SASL_SSL."""
    kafka_sasl_mechanism: str = ""
    """PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    kafka_user: str = ""
    """Name for the login."""
    kafka_secret_scope: str = ""
    """Scope of the secrets whose keys follow."""
    kafka_password_key: str = ""
    """Key of the password for the login."""
    kafka_class_prefix: str = ""
    """Where the client's classes lie; on Databricks `kafkashaded.`."""
    kafka_truststore_location: str = ""
    """File of the certificates that brokers are checked against; empty: those of Java."""
    kafka_truststore_type: str = ""
    """PEM, JKS or PKCS12."""
    kafka_truststore_password_key: str = ""
    """Key of the truststore's password."""
    kafka_service_credential: str = ""
    """Unity Catalog service credential in place of a login; on Databricks only."""

    live_mode: str = "real_time"
    """How the live pipeline alerts: real_time sends each message as its reading comes, micro_batch a little later."""
    live_checkpoint_interval: str = "2 minutes"
    """In real-time mode the time between two checkpoints; after a crash what came since the last is judged again."""
    live_batch_interval: str = "0 seconds"
    """In micro-batches the time from one to the next."""
    live_alerts_topic: str = "health_alerts"
    """Topic of the alert messages."""
    live_member_limits: str = "true"
    """Whether the limits of members are read from `heart_rate_limits`; false: general ones for everybody."""
    live_highest_bpm: int = 200
    """Too high for a member whose highest rate is unknown."""
    live_rest_known_s: int = 900
    """So long after the lakehouse knew a member to be at rest, that is believed."""
    live_repeat_s: int = 600
    """Readings of one rule and one wearer within this have one alert_id."""
    live_max_age_s: int = 120
    """Older readings alert nobody."""

    sql_url: str = ""
    """JDBC URL of an operational database; empty with tables configured: those are tables of a catalog."""
    sql_user: str = ""
    """User of that database, who may read the tables."""
    sql_password_scope: str = ""
    """Scope of the secret that holds the user's password."""
    sql_password_key: str = ""
    """Key of that secret."""
    sql_registrations_table: str = ""
    """Table of members and their first devices; each update reads all of it."""
    sql_device_assignments_table: str = ""
    """Table of who got which device when; each update reads all of it."""
    sql_visits_table: str = ""
    """Table of visits to the gyms; each update reads the latest."""
    sql_late_hours: int = 24
    """A visit may come into its table so much later than later ones."""


_FIELDS: Mapping[str, Field[Any]] = {field.name: field for field in fields(Settings)}


def settings() -> Settings:
    """The configuration of the running pipeline."""
    conf = SparkSession.active().conf
    return Settings(**{name: configured(name, conf) for name in _FIELDS})


def bronze(table: str) -> str:
    """`<schema>.<table>` of a bronze table."""
    return f"{configured('bronze_schema')}.{table}"


def silver(table: str) -> str:
    """`<schema>.<table>` of a silver table."""
    return f"{configured('silver_schema')}.{table}"


def gold(table: str) -> str:
    """`<schema>.<table>` of a gold table."""
    return f"{configured('gold_schema')}.{table}"


def landing(feed: str) -> str:
    """The folder in which the files of a feed arrive."""
    path: str = configured("landing_path")
    if not path:
        raise ValueError("fitness.landing_path is not set; add it to the pipeline's configuration")
    return f"{path.rstrip('/')}/{feed}"


def configured(name: str, conf: RuntimeConfig | None = None) -> Any:
    """One setting by its name; ValueError if it is no number where one is needed."""
    # One key at a time: a pipeline names its tables often, and each key is a question to Spark.
    key, field = f"fitness.{name}", _FIELDS[name]
    text = (conf or SparkSession.active().conf).get(key, None)
    return field.default if text is None else _parsed(key, text, field.default)


def _parsed(key: str, text: str, default: object) -> str | int | float:
    if isinstance(default, int):
        return _whole_number(key, text)
    return _number(key, text) if isinstance(default, float) else text


def _number(key: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{key} is {text!r}; give a number in the pipeline's configuration")
    return number


def _whole_number(key: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{key} is {text!r}; give a whole number in the pipeline's configuration") from None
