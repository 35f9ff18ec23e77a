"""Configuration keys, their defaults, and what is said about a bad one."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from fitness.settings import Settings, bronze, gold, landing, settings, silver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession


RESOURCES = Path(__file__).parents[2] / "resources"
FROM_THE_BUNDLE = {"landing_path", "bronze_schema", "silver_schema", "gold_schema", "time_zone", "local_time_zone"}


@pytest.fixture(autouse=True)
def configuration(spark: SparkSession) -> Iterator[None]:
    spark.conf.set("fitness.landing_path", "/landing/")
    yield
    for key in ("landing_path", "gap_limit_s", "gold_schema", "lthr_percent_of_hr_max"):
        spark.conf.unset(f"fitness.{key}")


def test_everything_has_a_default() -> None:
    assert settings() == Settings(
        landing_path="/landing/",
        bronze_schema="bronze",
        silver_schema="silver",
        gold_schema="gold",
        time_zone="UTC",
        session_limit_hours=3,
        max_visit_minutes=180,
        same_visit_minutes=10,
        longest_visit_hours=16,
        gap_limit_s=60,
    )


def test_names_follow_from_the_configuration(spark: SparkSession) -> None:
    spark.conf.set("fitness.gold_schema", "dev_me_gold")
    assert (bronze("a_bz"), silver("a"), gold("b")) == ("bronze.a_bz", "silver.a", "dev_me_gold.b")
    assert landing("gym_logins") == "/landing/gym_logins"


def test_a_missing_landing_path_is_named(spark: SparkSession) -> None:
    spark.conf.unset("fitness.landing_path")
    with pytest.raises(ValueError, match=r"^fitness\.landing_path is not set; add it to the pipeline's configuration$"):
        landing("gyms")


def test_a_number_must_be_one(spark: SparkSession) -> None:
    spark.conf.set("fitness.gap_limit_s", "a minute")
    with pytest.raises(ValueError, match=r"^fitness\.gap_limit_s is 'a minute'; give a whole number in the pipeline's"):
        settings()


def test_a_number_with_a_fraction(spark: SparkSession) -> None:
    spark.conf.set("fitness.lthr_percent_of_hr_max", "88.5")
    assert settings().lthr_percent_of_hr_max == 88.5


@pytest.mark.parametrize("text", ["much", "nan"])
def test_a_number_with_a_fraction_must_be_one(spark: SparkSession, text: str) -> None:
    spark.conf.set("fitness.lthr_percent_of_hr_max", text)
    with pytest.raises(ValueError, match=rf"^fitness\.lthr_percent_of_hr_max is '{text}'; give a number in"):
        settings()


def test_the_bundle_configures_every_setting_by_its_default() -> None:
    lakehouse, live = configuration_of("fitness_lakehouse"), configuration_of("live_health_alerts")
    names = {field.name for field in fields(Settings)}
    assert set(lakehouse) == {name for name in names if not name.startswith("live_")}
    assert {name for name in live if name.startswith("live_")} == names - set(lakehouse)
    assert set(live) <= names
    defaults = {field.name: str(field.default) for field in fields(Settings)}
    assert differences(lakehouse, defaults) == FROM_THE_BUNDLE
    own = {"kafka_bootstrap_servers", "kafka_starting_offsets", "kafka_fail_on_data_loss"}
    assert differences(live, defaults) == own | {"silver_schema", "gold_schema", "local_time_zone"}


def configuration_of(pipeline: str) -> dict[str, str]:
    path = RESOURCES / f"{pipeline}.pipeline.yml"
    configured = yaml.safe_load(path.read_text(encoding="utf-8"))["resources"]["pipelines"][pipeline]["configuration"]
    return {key.removeprefix("fitness."): value for key, value in configured.items() if key.startswith("fitness.")}


def differences(configured: dict[str, str], defaults: dict[str, str]) -> set[str]:
    return {name for name, value in configured.items() if value != defaults[name]}
