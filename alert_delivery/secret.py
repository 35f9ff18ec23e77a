"""The secret that signs alerts: from a file that nobody else can read, or from the environment."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.redaction import hide

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "FITNESS_ALERTS_SECRET"
_SHORTEST = 16
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretError(PipelineError):
    """There is no secret that could be used."""


def signing_secret(file: Path | None) -> bytes:
    """The file's contents without a line break at the end, else the variable's; no error or log shows it."""
    text = _of_file(file) if file is not None else os.environ.get(VARIABLE, "")
    place = str(file) if file is not None else VARIABLE
    if not text:
        raise SecretError("There is no secret to sign alerts with", remedy=f"Give --secret-file, or set {VARIABLE}.")
    hide(text)
    if len(text) < _SHORTEST:
        raise SecretError(f"The secret in {place} has less than {_SHORTEST} characters")
    return text.encode()


def _of_file(file: Path) -> str:
    mode = file.stat().st_mode
    if mode & _OTHERS:
        message = f"Others can read or write the secret in {file} (mode {stat.S_IMODE(mode):04o})"
        raise SecretError(message, remedy=f"chmod 600 {file}")
    return file.read_text(encoding="utf-8").rstrip("\r\n")
