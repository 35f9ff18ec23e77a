"""The options of a `cloudFiles` stream: what is honoured, what has no local meaning, what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError, UnsupportedError, nearest
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "cloudfiles."
_FORMATS = ("csv", "json", "text")
_RATE_LIMITS = {"maxfilespertrigger": "maxFilesPerTrigger", "maxbytespertrigger": "maxBytesPerTrigger"}
_WITHOUT_LOCAL_MEANING = frozenset({"usenotifications", "usemanagedfileevents", "backfillinterval", "usestrictglobber"})
_NOT_SERVED = frozenset(
    {
        "allowoverwrites",
        "cleansource",
        "cleansource.movedestination",
        "cleansource.retentionduration",
        "inferschema",
        "maxfileage",
        "partitioncolumns",
        "schemahints",
        "schemalocation",
        "validateoptions",
    }
)
_KNOWN = {"format", "includeexistingfiles", "infercolumntypes", "schemaevolutionmode", "rescueddatacolumn"}
_RESCUE = "rescueddatacolumn"


@dataclass(frozen=True, slots=True)
class AutoLoaderOptions:
    """Checked options; `reader` goes to Spark's file source unchanged."""

    format: str
    rescued_data_column: str | None
    reader: Mapping[str, str]

    def get(self, name: str, default: str) -> str:
        """A reader option, names compared without case."""
        found = [value for key, value in self.reader.items() if key.lower() == name.lower()]
        return found[0] if found else default


def checked_options(given: Mapping[str, str]) -> AutoLoaderOptions:
    """Options of one stream; unknown `cloudFiles.*` names and unsupported values are errors."""
    own = {key.lower().removeprefix(_PREFIX): value for key, value in given.items() if key.lower().startswith(_PREFIX)}
    reader = {key: value for key, value in given.items() if not key.lower().startswith(_PREFIX)}
    for name in own:
        _check_name(name)
    if own.get("includeexistingfiles", "true").lower() != "true":
        raise UnsupportedError("'cloudFiles.includeExistingFiles' is only served as true", where=caller_location())
    for name, spelling in _RATE_LIMITS.items():
        if name in own:
            reader[spelling] = own[name]
    rescued = [reader.pop(key) for key in list(reader) if key.lower() == _RESCUE]
    column = rescued[-1] if rescued else own.get(_RESCUE)
    return AutoLoaderOptions(_format(own), column, reader)


def _check_name(name: str) -> None:
    served = _KNOWN | set(_RATE_LIMITS) | _WITHOUT_LOCAL_MEANING
    if name in _NOT_SERVED:
        raise UnsupportedError(f"'cloudFiles.{name}' is not supported by dlt_local", where=caller_location())
    if name not in served:
        message = f"Unknown Auto Loader option 'cloudFiles.{name}'"
        spellings = {f"cloudFiles.{known}" for known in served | _NOT_SERVED}
        raise DefinitionError(message, where=caller_location(), remedy=nearest(f"cloudFiles.{name}", spellings))


def _format(own: Mapping[str, str]) -> str:
    file_format = own.get("format", "").lower()
    if not file_format:
        raise DefinitionError("Auto Loader needs 'cloudFiles.format'", where=caller_location())
    if file_format not in _FORMATS:
        message = f"Auto Loader format '{file_format}' is not supported by dlt_local"
        raise UnsupportedError(message, where=caller_location(), remedy=f"Supported: {', '.join(_FORMATS)}.")
    return file_format
