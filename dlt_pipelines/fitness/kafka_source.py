"""How bronze reads Kafka: the options of Spark's source, from the configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fitness.envelope import TOPICS
from fitness.live_alerts import READINGS_TOPIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fitness.settings import Settings

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
STORES = ("PEM", "JKS", "PKCS12")
_SECURITY = "org.apache.kafka.common.security."
_LOGIN_MODULES = {
    "PLAIN": f"{_SECURITY}plain.PlainLoginModule",
    "SCRAM-SHA-256": f"{_SECURITY}scram.ScramLoginModule",
    "SCRAM-SHA-512": f"{_SECURITY}scram.ScramLoginModule",
}


def reads_kafka(settings: Settings) -> bool:
    """Whether the configuration names a broker."""
    return bool(settings.kafka_bootstrap_servers)


def secret_keys(settings: Settings) -> tuple[str, ...]:
    """Keys of the secrets that the options need, in the scope `kafka_secret_scope`.

    ValueError, which names every key, if the configuration of Kafka contradicts itself.
    """
    wrong = _contradictions(settings)
    if wrong:
        raise ValueError(f"Kafka cannot be read with this configuration: {'; '.join(wrong)}")
    return tuple(key for key in (settings.kafka_password_key, settings.kafka_truststore_password_key) if key)


def multiplex_options(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    """Options of a read of the topics of `kafka_multiplex_bz`; `secrets` has the value of each of the `secret_keys`."""
    if settings.kafka_topic_pattern:
        return {**_options(settings, secrets), "subscribePattern": settings.kafka_topic_pattern}
    return {**_options(settings, secrets), "subscribe": ",".join(_names(settings.kafka_topics) or TOPICS)}


def daily_activity_options(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    """Options of a read of the topic of `daily_activity_bz`."""
    return {**_options(settings, secrets), "subscribe": settings.kafka_daily_activity_topic}


def readings_options(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    """Options of the live pipeline's read of heart rate; real-time mode knows no limit of the rate."""
    options = {**_options(settings, secrets), "subscribe": READINGS_TOPIC}
    if settings.live_mode == "real_time":
        options.pop("maxOffsetsPerTrigger", None)
    return options


def alerts_options(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    """Options of the live pipeline's read of its own messages: all that there are."""
    return {**_options(settings, secrets), "subscribe": settings.live_alerts_topic, "startingOffsets": "earliest"}


def sink_options(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    """Options of the sink of the alert messages."""
    servers = {"kafka.bootstrap.servers": settings.kafka_bootstrap_servers, "topic": settings.live_alerts_topic}
    return {**servers, **_security(settings, secrets)}


def _options(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    limit = settings.kafka_max_offsets_per_trigger
    return {
        "kafka.bootstrap.servers": settings.kafka_bootstrap_servers,
        "startingOffsets": settings.kafka_starting_offsets,
        "failOnDataLoss": settings.kafka_fail_on_data_loss,
        "includeHeaders": "true",
        **({"maxOffsetsPerTrigger": str(limit)} if limit else {}),
        **_security(settings, secrets),
    }


def _security(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    if settings.kafka_service_credential:
        return {"databricks.serviceCredential": settings.kafka_service_credential}
    given = {
        "kafka.security.protocol": settings.kafka_security_protocol,
        "kafka.sasl.mechanism": settings.kafka_sasl_mechanism,
        "kafka.ssl.truststore.type": settings.kafka_truststore_type,
        "kafka.ssl.truststore.location": settings.kafka_truststore_location,
        "kafka.ssl.truststore.password": secrets.get(settings.kafka_truststore_password_key, ""),
    }
    if settings.kafka_sasl_mechanism:
        given["kafka.sasl.jaas.config"] = _login(settings, secrets[settings.kafka_password_key])
    return {name: value for name, value in given.items() if value}


def _login(settings: Settings, password: str) -> str:
    module = settings.kafka_class_prefix + _LOGIN_MODULES[settings.kafka_sasl_mechanism]
    return f"{module} required username={_quoted(settings.kafka_user)} password={_quoted(password)};"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _contradictions(settings: Settings) -> list[str]:
    checks = (
        *_of_topics(settings),
        *_of_values(settings),
        *_of_login(settings),
        *_of_truststore(settings),
        *_of_credential(settings),
    )
    return [text for is_wrong, text in checks if is_wrong]


def _of_topics(settings: Settings) -> tuple[tuple[bool, str], ...]:
    topics, pattern = _names(settings.kafka_topics), settings.kafka_topic_pattern
    daily = settings.kafka_daily_activity_topic
    return (
        (bool(topics and pattern), "fitness.kafka_topics and fitness.kafka_topic_pattern exclude each other"),
        (daily in topics, f"fitness.kafka_topics names '{daily}', which is fitness.kafka_daily_activity_topic"),
        ("," in daily, f"fitness.kafka_daily_activity_topic is '{daily}'; it is one topic, or empty"),
    )


def _of_values(settings: Settings) -> tuple[tuple[bool, str], ...]:
    return (
        (
            not _is_start(settings.kafka_starting_offsets),
            f"fitness.kafka_starting_offsets is '{settings.kafka_starting_offsets}', not earliest, latest or JSON",
        ),
        (
            settings.kafka_fail_on_data_loss not in ("true", "false"),
            f"fitness.kafka_fail_on_data_loss is '{settings.kafka_fail_on_data_loss}', neither true nor false",
        ),
        (
            settings.kafka_max_offsets_per_trigger < 0,
            f"fitness.kafka_max_offsets_per_trigger is {settings.kafka_max_offsets_per_trigger}; 0 is no limit",
        ),
        _one_of("kafka_security_protocol", settings.kafka_security_protocol, PROTOCOLS),
        _one_of("kafka_sasl_mechanism", settings.kafka_sasl_mechanism, _LOGIN_MODULES),
        _one_of("kafka_truststore_type", settings.kafka_truststore_type, STORES),
    )


def _of_login(settings: Settings) -> tuple[tuple[bool, str], ...]:
    has_login = settings.kafka_security_protocol.startswith("SASL")
    needed = ("kafka_sasl_mechanism", "kafka_user", "kafka_password_key")
    missing = [f"fitness.{name}" for name in needed if not getattr(settings, name)]
    useless = [f"fitness.{name}" for name in needed if getattr(settings, name)]
    protocol = settings.kafka_security_protocol or "empty"
    has_keys = settings.kafka_password_key or settings.kafka_truststore_password_key
    return (
        (has_login and bool(missing), f"fitness.kafka_security_protocol {protocol} needs {', '.join(missing)}"),
        (
            not has_login and bool(useless) and not settings.kafka_service_credential,
            f"{', '.join(useless)} need SASL_SSL or SASL_PLAINTEXT, fitness.kafka_security_protocol is {protocol}",
        ),
        (
            bool(has_keys and not settings.kafka_secret_scope),
            "fitness.kafka_secret_scope is empty; it has the secrets of the fitness.kafka_..._key settings",
        ),
    )


def _of_truststore(settings: Settings) -> tuple[tuple[bool, str], ...]:
    location, kind = settings.kafka_truststore_location, settings.kafka_truststore_type
    has_tls = settings.kafka_security_protocol.endswith("SSL")
    has_password = bool(settings.kafka_truststore_password_key)
    return (
        (
            bool(location) and not has_tls and not settings.kafka_service_credential,
            "fitness.kafka_truststore_location needs fitness.kafka_security_protocol SSL or SASL_SSL",
        ),
        (bool(kind) != bool(location), "fitness.kafka_truststore_type and _location are given together"),
        (
            has_password and not location,
            "fitness.kafka_truststore_password_key has no fitness.kafka_truststore_location",
        ),
        (has_password and kind == "PEM", "fitness.kafka_truststore_password_key: a PEM truststore has no password"),
    )


def _of_credential(settings: Settings) -> tuple[tuple[bool, str], ...]:
    others = (
        "kafka_security_protocol",
        "kafka_sasl_mechanism",
        "kafka_user",
        "kafka_password_key",
        "kafka_truststore_location",
    )
    given = [f"fitness.{name}" for name in others if getattr(settings, name)]
    has_both = bool(settings.kafka_service_credential and given)
    return ((has_both, f"fitness.kafka_service_credential excludes {', '.join(given)}"),)


def _one_of(name: str, value: str, known: Mapping[str, str] | tuple[str, ...]) -> tuple[bool, str]:
    return (value != "" and value not in known, f"fitness.{name} is '{value}', none of {', '.join(known)}")


def _is_start(text: str) -> bool:
    try:
        return text in ("earliest", "latest") or isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
