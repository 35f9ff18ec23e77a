"""How bronze reads Kafka, as the configuration says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fitness.kafka_source import daily_activity_options, multiplex_options, reads_kafka, secret_keys
from fitness.settings import Settings

PLAIN = Settings(landing_path="", kafka_bootstrap_servers="a:1,b:2")
LOGIN: dict[str, Any] = {
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-512",
    "kafka_user": "ann",
    "kafka_secret_scope": "fitness",
    "kafka_password_key": "kafka",
}
COMMON = {
    "kafka.bootstrap.servers": "a:1,b:2",
    "startingOffsets": "earliest",
    "failOnDataLoss": "true",
    "includeHeaders": "true",
    "maxOffsetsPerTrigger": "1000000",
}


def test_files_only_unless_a_broker_is_named() -> None:
    assert not reads_kafka(Settings(landing_path=""))
    assert reads_kafka(PLAIN)


def test_a_broker_without_login() -> None:
    assert secret_keys(PLAIN) == ()
    topics = "user_info,bpm,workout,registered_users,gym_logins"
    assert multiplex_options(PLAIN, {}) == {**COMMON, "subscribe": topics}
    assert daily_activity_options(PLAIN, {}) == {**COMMON, "subscribe": "user_activity"}


def test_topics_begin_and_limit_as_configured() -> None:
    settings = replace(
        PLAIN,
        kafka_topics="bpm, workout,",
        kafka_daily_activity_topic="days",
        kafka_starting_offsets='{"bpm": {"0": 7}}',
        kafka_max_offsets_per_trigger=0,
        kafka_fail_on_data_loss="false",
    )
    expected = {
        "kafka.bootstrap.servers": "a:1,b:2",
        "startingOffsets": '{"bpm": {"0": 7}}',
        "failOnDataLoss": "false",
        "includeHeaders": "true",
    }
    assert multiplex_options(settings, {}) == {**expected, "subscribe": "bpm,workout"}
    assert daily_activity_options(settings, {})["subscribe"] == "days"
    pattern = replace(PLAIN, kafka_topic_pattern="fitness[.].*")
    assert multiplex_options(pattern, {}) == {**COMMON, "subscribePattern": "fitness[.].*"}


def test_a_login_with_a_truststore() -> None:
    settings = replace(
        PLAIN,
        **LOGIN,
        kafka_class_prefix="kafkashaded.",
        kafka_truststore_location="/ca.p12",
        kafka_truststore_type="PKCS12",
        kafka_truststore_password_key="store",  # noqa: S106 # the name of a secret
    )
    assert secret_keys(settings) == ("kafka", "store")
    options = multiplex_options(settings, {"kafka": 'a"b\\c', "store": "opens"})
    assert {
        name: value for name, value in options.items() if "sasl" in name or "ssl" in name or "security" in name
    } == {
        "kafka.security.protocol": "SASL_SSL",
        "kafka.sasl.mechanism": "SCRAM-SHA-512",
        "kafka.sasl.jaas.config": (
            "kafkashaded.org.apache.kafka.common.security.scram.ScramLoginModule required"
            ' username="ann" password="a\\"b\\\\c";'
        ),
        "kafka.ssl.truststore.location": "/ca.p12",
        "kafka.ssl.truststore.type": "PKCS12",
        "kafka.ssl.truststore.password": "opens",
    }


def test_a_service_credential_of_databricks() -> None:
    settings = replace(PLAIN, kafka_service_credential="msk")
    assert secret_keys(settings) == ()
    assert multiplex_options(settings, {})["databricks.serviceCredential"] == "msk"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"kafka_topics": "a", "kafka_topic_pattern": "b"},
            "fitness.kafka_topic_pattern exclude each other",
        ),
        ({"kafka_topics": "bpm,user_activity"}, "names 'user_activity', which is fitness.kafka_daily_activity_topic"),
        ({"kafka_daily_activity_topic": "a,b"}, "kafka_daily_activity_topic is 'a,b'; it is one topic, or empty"),
        ({"kafka_starting_offsets": "first"}, "kafka_starting_offsets is 'first', not earliest, latest or JSON"),
        ({"kafka_starting_offsets": "7"}, "kafka_starting_offsets is '7', not earliest, latest or JSON"),
        ({"kafka_fail_on_data_loss": "no"}, "kafka_fail_on_data_loss is 'no', neither true nor false"),
        ({"kafka_max_offsets_per_trigger": -1}, "kafka_max_offsets_per_trigger is -1; 0 is no limit"),
        ({"kafka_security_protocol": "TLS"}, "is 'TLS', none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        ({**LOGIN, "kafka_sasl_mechanism": "SCRAM"}, "is 'SCRAM', none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
        ({**LOGIN, "kafka_user": "", "kafka_password_key": ""}, "needs fitness.kafka_user, fitness.kafka_password_key"),
        (
            {**LOGIN, "kafka_security_protocol": "SSL"},
            "kafka_user, fitness.kafka_password_key need SASL_SSL or",
        ),
        ({**LOGIN, "kafka_secret_scope": ""}, "kafka_secret_scope is empty"),
        ({"kafka_truststore_location": "/ca"}, "kafka_truststore_location needs fitness.kafka_security_protocol SSL"),
        ({"kafka_truststore_type": "PEM"}, "kafka_truststore_type and _location are given together"),
        ({"kafka_truststore_password_key": "k", "kafka_secret_scope": "s"}, "has no fitness.kafka_truststore_location"),
        (
            {
                "kafka_security_protocol": "SSL",
                "kafka_truststore_location": "/ca",
                "kafka_truststore_type": "PEM",
                "kafka_truststore_password_key": "k",
                "kafka_secret_scope": "s",
            },
            "a PEM truststore has no password",
        ),
        (
            {**LOGIN, "kafka_service_credential": "c"},
            "_credential excludes fitness.kafka_security_protocol",
        ),
    ],
)
def test_what_contradicts_itself_is_one_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"^Kafka cannot be read with this configuration: fitness\.") as refusal:
        secret_keys(replace(PLAIN, **changes))
    assert message in str(refusal.value)


def test_all_contradictions_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"kafka_starting_offsets .*; .*kafka_fail_on_data_loss "):
        secret_keys(replace(PLAIN, kafka_starting_offsets="first", kafka_fail_on_data_loss="no"))
