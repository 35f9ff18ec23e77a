"""The options of a JDBC read: which database it means, which limits we set, which values are secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError
from dlt_local.redaction import hide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.source_location import SourceLocation

JDBC = "jdbc"
URL = "url"
# Drivers wait for ever, or longer than a user who has mistyped an address. Values are seconds.
_LIMITS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {"connectTimeout": "10", "loginTimeout": "15"},
    "sqlserver": {"loginTimeout": "15", "connectRetryCount": "0"},
}
_SECRET = re.compile(r"password|secret|token", re.IGNORECASE)
_SECRET_IN_URL = re.compile(r"[?;&]\s*\w*(?:password|secret|token)\w*\s*=\s*(?:\{([^}]*)\}|([^;&#]*))", re.IGNORECASE)
# Before the host, as in `//ann:secret@host` or Oracle's `thin:ann/secret@host`.
_LOGIN_IN_URL = re.compile(r"(?<=//)([^/?;@]*)@|(?<=:)(\w+/[^?;@]*)(?=@)")
_KIND = re.compile(r"jdbc:(\w+):")


@dataclass(frozen=True, slots=True)
class Database:
    """A database as messages name it: its address without login and properties, and where the pipeline says so."""

    address: str
    url_setting: str
    user_setting: str

    def __str__(self) -> str:
        return f"Database {self.address}, the value of {self.url_setting},"


def database(options: Mapping[str, str], configuration: Mapping[str, str], where: SourceLocation) -> Database:
    """The database that a read with these options (names in lower case) means; from now on its secrets are hidden."""
    url = options.get(URL)
    if not url:
        raise DefinitionError("A JDBC read needs the option 'url'", where=where, remedy="Give jdbc:<database>://host.")
    _hide_secrets(options, url)
    return Database(
        _LOGIN_IN_URL.sub("", re.split("[?;]", url)[0]),
        _setting(URL, url, configuration),
        _setting("user", options.get("user", ""), configuration),
    )


def limits(options: Mapping[str, str]) -> dict[str, str]:
    """Limits of time to add to a read with these options, unless they or the URL have them."""
    url = options[URL]
    added = _LIMITS.get(kind_of(url), {})
    given = {name.lower() for name in options} | {name.lower() for name in re.findall(r"[?;&]\s*(\w+)\s*=", url)}
    return {name: value for name, value in added.items() if name.lower() not in given}


def kind_of(url: str) -> str:
    """The kind of database, as in `jdbc:<kind>:...`."""
    found = _KIND.match(url.strip().lower())
    return found[1] if found else ""


def _hide_secrets(options: Mapping[str, str], url: str) -> None:
    for name, value in options.items():
        if _SECRET.search(name):
            hide(value)
    for found in _SECRET_IN_URL.finditer(url):
        hide(found[1] or found[2])
    for found in _LOGIN_IN_URL.finditer(url):
        hide(re.split("[:/]", found[1] or found[2])[-1])


def _setting(option: str, value: str, configuration: Mapping[str, str]) -> str:
    """The key of the pipeline's configuration that has this value, else the option."""
    keys = [key for key, known in configuration.items() if known == value and value]
    return f"'{min(keys)}'" if keys else f"option '{option}'"
