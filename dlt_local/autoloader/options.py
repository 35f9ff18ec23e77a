"""The options of a `cloudFiles` stream, in one table: what is served, what has no local meaning, what is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from dlt_local.autoloader.files import local_path
from dlt_local.errors import DefinitionError, UnsupportedError, nearest
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PREFIX = "cloudfiles."


class Treatment(StrEnum):
    """What becomes of an option."""

    SERVED = "served"
    NO_LOCAL_MEANING = "no local meaning"
    REFUSED = "refused"


class Mode(StrEnum):
    """What happens when files hold columns that the schema lacks."""

    ADD = "addNewColumns"
    ADD_AND_WIDEN = "addNewColumnsWithTypeWidening"
    RESCUE = "rescue"
    FAIL = "failOnNewColumns"
    NONE = "none"


FORMATS = ("csv", "json", "text", "parquet", "binaryFile", "orc")
_REFUSED_FORMATS = {
    "avro": "it needs a jar that the runtime does not carry",
    "xml": "its rescued data and schema evolution are not emulated",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `values` describes what it takes, `formats` the ones it belongs to (none: all).

    Options without the prefix `cloudFiles.` are listed as far as csv and json files with rescued data or an inferred
    schema obey them; other files get them through Spark's own reader, unchanged.
    """

    name: str
    treatment: Treatment
    text: str
    values: str | tuple[str, ...] = ""
    formats: tuple[str, ...] = ()


_BOOLEAN = ("true", "false")
_NUMBER = "a positive number"
_SIZE = "a size such as 1048576 or 10g"
_CHARACTER = "one character"
_TIME = "a time such as 2024-01-31T12:00:00"
_TEXT = ""
_CHECKS: dict[str, re.Pattern[str]] = {
    _NUMBER: re.compile(r"[1-9]\d*"),
    _SIZE: re.compile(r"[1-9]\d*\s*([kmgt]?b?)", re.IGNORECASE),
    _CHARACTER: re.compile(r".", re.DOTALL),
    _TIME: re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"),
}


def _served(name: str, text: str, values: str | tuple[str, ...] = _TEXT, formats: tuple[str, ...] = ()) -> Option:
    return Option(name, Treatment.SERVED, text, values, formats)


def _without_meaning(name: str, text: str, values: str | tuple[str, ...] = _TEXT) -> Option:
    return Option(name, Treatment.NO_LOCAL_MEANING, text, values)


def _refused(name: str, text: str, formats: tuple[str, ...] = ()) -> Option:
    return Option(name, Treatment.REFUSED, text, _TEXT, formats)


_LISTED = "files are found by listing the folder"
_CSV, _JSON, _BOTH = ("csv",), ("json",), ("csv", "json")

OPTIONS: tuple[Option, ...] = (
    _served("cloudFiles.format", "csv, json, text, parquet, binaryFile; orc with a schema"),
    _served("cloudFiles.allowOverwrites", "a file that changed is read again", _BOOLEAN),
    _served("cloudFiles.includeExistingFiles", "false: files there at the first start are left out", _BOOLEAN),
    _served("cloudFiles.inferColumnTypes", "csv and json columns get types; STRING otherwise", _BOOLEAN),
    _served("cloudFiles.maxBytesPerTrigger", "limit of a micro-batch; not together with maxFilesPerTrigger", _SIZE),
    _served("cloudFiles.maxFilesPerTrigger", "limit of a micro-batch, 1000 by default", _NUMBER),
    _served("cloudFiles.partitionColumns", "key=value folders that become columns; all if not given"),
    _served("cloudFiles.rescuedDataColumn", "name of the rescued-data column"),
    _served("cloudFiles.schemaEvolutionMode", "what new columns do", tuple(Mode)),
    _served("cloudFiles.schemaHints", "columns and types that win over the inferred ones"),
    _served("cloudFiles.schemaLocation", "local folder for the schema; kept on full refresh"),
    _served("cloudFiles.cleanSource", "only off: landing files are never moved or deleted", ("off",)),
    _without_meaning("cloudFiles.backfillInterval", _LISTED),
    _without_meaning("cloudFiles.fetchParallelism", _LISTED),
    _without_meaning("cloudFiles.listOnStart", _LISTED),
    _without_meaning("cloudFiles.pathRewrites", _LISTED),
    _without_meaning("cloudFiles.useIncrementalListing", _LISTED, ("auto", *_BOOLEAN)),
    _without_meaning("cloudFiles.useManagedFileEvents", _LISTED, _BOOLEAN),
    _without_meaning("cloudFiles.useNotifications", _LISTED, _BOOLEAN),
    _without_meaning("cloudFiles.useStrictGlobber", "wildcards are always those of Spark", _BOOLEAN),
    _without_meaning("cloudFiles.validateOptions", "options are always checked", _BOOLEAN),
    _refused("cloudFiles.cleanSource.moveDestination", "landing files are never moved"),
    _refused("cloudFiles.cleanSource.retentionDuration", "landing files are never moved or deleted"),
    _refused("cloudFiles.maxFileAge", "files that were read are never forgotten here"),
    _served("rescuedDataColumn", "name of the rescued-data column"),
    _served("path", "source folder, if load() names none"),
    _served("pathGlobFilter", "only files whose name matches"),
    _served("fileNamePattern", "same as pathGlobFilter"),
    _served("recursiveFileLookup", "sub-folders are always read", ("true",)),
    _served("modifiedAfter", "only files changed later", _TIME),
    _served("modifiedBefore", "only files changed earlier", _TIME),
    _served("ignoreCorruptFiles", "Spark's reader skips files that it cannot read", _BOOLEAN),
    _served("ignoreMissingFiles", "Spark's reader skips files that are gone", _BOOLEAN),
    _served("mode", "only PERMISSIVE", ("permissive",), _BOTH),
    _served("encoding", "only UTF-8", ("utf-8", "utf8"), _BOTH),
    _served("charset", "only UTF-8", ("utf-8", "utf8"), _BOTH),
    _served("readerCaseSensitive", "only true: a column of another case is rescued", ("true",), _BOTH),
    _served("columnNameOfCorruptRecord", "column for text that cannot be parsed", _TEXT, _BOTH),
    _served("dateFormat", "pattern of DATE columns", _TEXT, _BOTH),
    _served("timestampFormat", "pattern of TIMESTAMP columns", _TEXT, _BOTH),
    _served("multiLine", "records may span lines", _BOOLEAN, _BOTH),
    _served("header", "the first line names the columns", _BOOLEAN, _CSV),
    _served("sep", "separator of values", _TEXT, _CSV),
    _served("delimiter", "separator of values", _TEXT, _CSV),
    _served("quote", "quotation mark", _CHARACTER, _CSV),
    _served("escape", "escapes a quotation mark", _CHARACTER, _CSV),
    _served("comment", "lines that start with it are left out", _CHARACTER, _CSV),
    _served("nullValue", "text that means NULL", _TEXT, _CSV),
    _served("ignoreLeadingWhiteSpace", "blanks before a value go", _BOOLEAN, _CSV),
    _served("ignoreTrailingWhiteSpace", "blanks after a value go", _BOOLEAN, _CSV),
    _served("allowBackslashEscapingAnyCharacter", "as in Spark", _BOOLEAN, _JSON),
    _served("allowComments", "as in Spark", _BOOLEAN, _JSON),
    _served("allowNonNumericNumbers", "as in Spark", _BOOLEAN, _JSON),
    _served("allowNumericLeadingZeros", "as in Spark", _BOOLEAN, _JSON),
    _served("allowSingleQuotes", "as in Spark", _BOOLEAN, _JSON),
    _served("allowUnquotedControlChars", "as in Spark", _BOOLEAN, _JSON),
    _served("allowUnquotedFieldNames", "as in Spark", _BOOLEAN, _JSON),
    _served("lineSep", "separator of lines", _TEXT, _JSON),
    _refused("inferSchema", "use cloudFiles.inferColumnTypes", _BOTH),
)
_BY_NAME = {option.name.lower(): option for option in OPTIONS}
# Taken from the reader's options because Spark's file stream must not see them.
_NOT_FOR_SPARK = frozenset(
    {"rescueddatacolumn", "path", "filenamepattern", "recursivefilelookup", "modifiedafter", "modifiedbefore"}
)


_LIMITS = ("maxFilesPerTrigger", "maxBytesPerTrigger")


@dataclass(frozen=True, slots=True)
class AutoLoaderOptions:
    """Checked options; `reader` goes to Spark's file source unchanged."""

    format: str
    given: Mapping[str, str]
    reader: Mapping[str, str]

    def get(self, name: str, default: str = "") -> str:
        """The value of an option by its name in the table, compared without case."""
        return self.given.get(name.lower(), default)

    def has(self, name: str) -> bool:
        """Whether an option was given."""
        return name.lower() in self.given

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean option."""
        return self.get(name, str(default)).lower() == "true"

    @property
    def infers_types(self) -> bool:
        """Whether csv and json columns get types."""
        return self.flag("cloudFiles.inferColumnTypes")

    @property
    def rescued_data_column(self) -> str | None:
        """The name that the user gave, None if there is none."""
        return self.get("rescuedDataColumn") or self.get("cloudFiles.rescuedDataColumn") or None

    @property
    def corrupt_column(self) -> str:
        """The column for text that cannot be parsed, if the schema has it."""
        return self.get("columnNameOfCorruptRecord", "_corrupt_record")

    @property
    def separator(self) -> str:
        """Between the values of a csv line."""
        return self.get("sep", self.get("delimiter", ",")).replace("\\t", "\t")

    @property
    def name_pattern(self) -> str:
        """Wildcards that a file's name must match, empty for all files."""
        return self.get("pathGlobFilter", self.get("fileNamePattern"))

    @property
    def partition_columns(self) -> tuple[str, ...] | None:
        """The chosen partition columns, None if all that the folders show are wanted."""
        if not self.has("cloudFiles.partitionColumns"):
            return None
        return tuple(name.strip() for name in self.get("cloudFiles.partitionColumns").split(",") if name.strip())

    @property
    def schema_location(self) -> Path | None:
        """Where the user wants the schema to be kept."""
        location = self.get("cloudFiles.schemaLocation")
        if not location:
            return None
        folder = local_path(location).absolute()
        if urlparse(location).scheme not in ("", "file") or not Path(*folder.parts[:2]).exists():
            message = f"'cloudFiles.schemaLocation' is '{location}', which is no folder of this machine"
            remedy = "Remove it: the schema is kept with the table, as on Databricks."
            raise UnsupportedError(message, where=caller_location(), remedy=remedy)
        return folder

    @property
    def mode(self) -> Mode | None:
        """The evolution mode that the user chose."""
        chosen = self.get("cloudFiles.schemaEvolutionMode").lower()
        return next((mode for mode in Mode if mode.value.lower() == chosen), None)

    def refuse_unserved_parsing(self) -> None:
        """Every option must be one that the runtime's own csv and json reading obeys, or one of the other format."""
        for name in self.reader:
            option = _BY_NAME.get(name.lower())
            if option is None and name not in _LIMITS:
                message = f"Reader option '{name}' is not supported by dlt_local for {self.format} files"
                close = nearest(name, [known.name for known in OPTIONS if _is_for(known, self.format)])
                raise UnsupportedError(message, where=caller_location(), remedy=close)
            if option is not None and self.format in option.formats:
                _check(name, self.reader[name])


def checked_options(given: Mapping[str, str]) -> AutoLoaderOptions:
    """Options of one stream; unknown `cloudFiles.*` names, refused options and wrong values are errors."""
    for name, value in given.items():
        option = _BY_NAME.get(name.lower())
        if name.lower().startswith(_PREFIX) or (option is not None and not option.formats):
            _check(name, value)
    values = {name.lower(): value for name, value in given.items()}
    if {"cloudfiles.maxfilespertrigger", "cloudfiles.maxbytespertrigger"} <= set(values):
        message = "'cloudFiles.maxFilesPerTrigger' and 'cloudFiles.maxBytesPerTrigger' cannot be combined here"
        raise UnsupportedError(message, where=caller_location(), remedy="Remove one of them.")
    reader = {name: value for name, value in given.items() if _is_readers(name)}
    if "filenamepattern" in values and "pathglobfilter" not in values:
        reader["pathGlobFilter"] = values["filenamepattern"]
    reader |= _limits(values)
    return AutoLoaderOptions(_format(values), values, reader)


def size_in_bytes(size: str) -> int:
    """The number that `10g` stands for."""
    digits = re.match(r"\d+", size)
    unit = size[digits.end() :].strip().lower()[:1] if digits else ""
    factor: int = 1024 ** "bkmgt".index(unit or "b")
    return int(digits[0] if digits else 0) * factor


def _is_readers(name: str) -> bool:
    return not name.lower().startswith(_PREFIX) and name.lower() not in _NOT_FOR_SPARK


def _is_for(option: Option, file_format: str) -> bool:
    return not option.name.startswith("cloudFiles.") and (not option.formats or file_format in option.formats)


def _limits(values: Mapping[str, str]) -> dict[str, str]:
    size = values.get("cloudfiles.maxbytespertrigger")
    if size is not None:
        return {"maxBytesPerTrigger": str(size_in_bytes(size))}
    if {"maxfilespertrigger", "maxbytespertrigger"} & set(values):
        return {}
    return {"maxFilesPerTrigger": values.get("cloudfiles.maxfilespertrigger", "1000")}


def _check(name: str, value: str) -> None:
    option = _BY_NAME.get(name.lower())
    if option is None:
        message = f"Unknown Auto Loader option '{name}'"
        raise DefinitionError(message, where=caller_location(), remedy=_closest(name))
    if option.treatment is Treatment.REFUSED:
        message = f"'{option.name}' is not supported by dlt_local: {option.text}"
        raise UnsupportedError(message, where=caller_location(), remedy="Remove it.")
    _check_value(option, value)


def _closest(name: str) -> str | None:
    return nearest(name, [option.name for option in OPTIONS if option.name.startswith("cloudFiles.")])


def _check_value(option: Option, value: str) -> None:
    if isinstance(option.values, tuple):
        fits: Callable[[str], object] = [known.lower() for known in option.values].__contains__
        wanted = "one of " + ", ".join(option.values) if len(option.values) > 1 else option.values[0]
    else:
        pattern = _CHECKS.get(option.values)
        fits, wanted = pattern.fullmatch if pattern else bool, option.values
    if option.values and not fits(value.strip().lower() if isinstance(option.values, tuple) else value):
        message = f"'{option.name}' is '{value}', which is not served"
        remedy = f"It takes {wanted}." if option.treatment is Treatment.SERVED else f"It is {wanted}."
        raise DefinitionError(message, where=caller_location(), remedy=remedy)


def _format(values: Mapping[str, str]) -> str:
    file_format = values.get("cloudfiles.format", "").lower()
    if not file_format:
        raise DefinitionError("Auto Loader needs 'cloudFiles.format'", where=caller_location())
    spelled = {name.lower(): name for name in FORMATS}
    if file_format not in spelled:
        reason = _REFUSED_FORMATS.get(file_format)
        message = f"Auto Loader format '{file_format}' is not supported by dlt_local"
        remedy = f"Supported: {', '.join(FORMATS)}."
        raise UnsupportedError(
            message if reason is None else f"{message}: {reason}", where=caller_location(), remedy=remedy
        )
    return spelled[file_format]
