"""A name and a password that a broker of this machine asks for (SASL: PLAIN and SCRAM-SHA-256)."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.kafka.errors import BrokerError
from dlt_local.redaction import hide

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PASSWORD = "KAFKA_PASSWORD"  # noqa: S105 # the name of a variable
MECHANISMS = ("PLAIN", "SCRAM-SHA-256")
LISTENER = "SASL_PLAINTEXT"
_USER = re.compile(r"[A-Za-z0-9._-]+")
_ITERATIONS = 4096
_OTHERS_MAY = 0o077
_MODULE = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class Login:
    """The one user of a broker."""

    user: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        hide(self.password)
        if not _USER.fullmatch(self.user):
            raise BrokerError(f"'{self.user}' is no user name: letters, digits, '.', '_' and '-'")

    def broker_settings(self) -> dict[str, str]:
        """What the broker must know; the file that holds them is secret."""
        own = f"username={quoted(self.user)} password={quoted(self.password)}"
        prefix = f"listener.name.{LISTENER.lower()}"
        return {
            "listener.security.protocol.map": f"{LISTENER}:{LISTENER},CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": LISTENER,
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.enabled.mechanisms": ",".join(MECHANISMS),
            f"{prefix}.plain.sasl.jaas.config": (
                f"{_MODULE}.plain.PlainLoginModule required {own} user_{self.user}={quoted(self.password)};"
            ),
            f"{prefix}.scram-sha-256.sasl.jaas.config": f"{_MODULE}.scram.ScramLoginModule required {own};",
        }

    def scram_credential(self) -> str:
        """The argument `--add-scram` of Kafka's formatter; from it the password cannot be told, but guesses tested."""
        salt = os.urandom(16)
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), salt, _ITERATIONS)
        parts = [f"name={self.user}", f"iterations={_ITERATIONS}", f'salt="{_base64(salt)}"']
        return f'SCRAM-SHA-256=[{",".join(parts)},saltedpassword="{_base64(salted)}"]'

    def client_options(self, mechanism: str = "PLAIN") -> dict[str, str]:
        """Options of a Kafka source or sink of Spark."""
        module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
        own = f"username={quoted(self.user)} password={quoted(self.password)}"
        return {
            "kafka.security.protocol": LISTENER,
            "kafka.sasl.mechanism": mechanism,
            "kafka.sasl.jaas.config": f"{_MODULE}.{module} required {own};",
        }


def read_login(user: str, file: Path | None, environment: Mapping[str, str]) -> Login:
    """The login with the password of the file, else of the environment; BrokerError if there is none."""
    if file is None:
        password = environment.get(PASSWORD, "")
        if not password:
            raise BrokerError(f"There is no password for '{user}'", remedy=f"Set {PASSWORD}, or name a file.")
        return Login(user, password)
    try:
        if file.stat().st_mode & _OTHERS_MAY:
            raise BrokerError(f"Others may read the password in {file}", remedy=f"chmod 600 {file}")
        password = file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise BrokerError(f"The password cannot be read from {file}: {error.strerror}") from error
    if not password:
        raise BrokerError(f"The file {file} holds no password")
    return Login(user, password)


def quoted(text: str) -> str:
    """A value as JAAS writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _base64(binary: bytes) -> str:
    return base64.b64encode(binary).decode("ascii")
