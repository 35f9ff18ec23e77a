"""Where the values of secrets come from: the environment, a file that nobody else reads, or standard input."""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from dlt_local.redaction import hide
from workspace_ops.errors import WorkspaceError

# What Databricks takes.
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_KINDS = "env:VARIABLE, KEY=file:PATH or KEY=stdin"


@dataclass(frozen=True, slots=True)
class SecretSource:
    """A key, and what its value is read from: `env`, `file` or `stdin`."""

    key: str
    kind: str
    place: str = ""

    @classmethod
    def of(cls, text: str, number: int) -> SecretSource:
        """KEY=env:VARIABLE, KEY=file:PATH or KEY=stdin; raises WorkspaceError for anything else.

        An error names the argument by its number: its text may be the value itself, given by mistake.
        """
        key, separator, source = text.partition("=")
        kind, _, place = source.partition(":")
        if not separator or kind not in {"env", "file", "stdin"} or (kind == "stdin") == bool(place):
            raise WorkspaceError(f"Argument {number} does not say where its value is", remedy=f"Write KEY={_KINDS}.")
        if not _KEY.fullmatch(key):
            remedy = "It has up to 128 letters, digits, _, - and dots."
            raise WorkspaceError(f"Argument {number} does not begin with a key", remedy=remedy)
        return cls(key, kind, place)

    def value(self) -> str:
        """The value without a line break at its end; no error or output shows it."""
        text = {"env": self._of_variable, "file": self._of_file, "stdin": sys.stdin.read}[self.kind]()
        value = text.removesuffix("\n").removesuffix("\r")
        if not value:
            raise WorkspaceError(f"The value of '{self.key}' is empty ({self.kind}{self.place and ' ' + self.place})")
        hide(value)
        return value

    def _of_variable(self) -> str:
        if self.place not in os.environ:
            raise WorkspaceError(f"Variable {self.place}, the value of '{self.key}', is not set")
        return os.environ[self.place]

    def _of_file(self) -> str:
        file = Path(self.place).expanduser()
        mode = file.stat().st_mode
        if mode & _OTHERS:
            message = f"Others can read or write the secret in {file} (mode {stat.S_IMODE(mode):04o})"
            raise WorkspaceError(message, remedy=f"chmod 600 {file}")
        try:
            return file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            # The error would show some of it.
            raise WorkspaceError(f"The secret in {file} is no text", remedy="Encode it, by base64 perhaps.") from None
