"""The table of options: names, values, and combinations that contradict each other."""

from __future__ import annotations

import pytest

from dlt_local.autoloader.options import OPTIONS, Mode, checked_options, size_in_bytes
from dlt_local.autoloader.source import checked_source
from dlt_local.errors import DefinitionError, PipelineError, UnsupportedError

JSON = {"cloudFiles.format": "json"}


def test_names_and_values_without_case() -> None:
    options = checked_options(
        {"CLOUDFILES.FORMAT": "BinaryFile", "cloudfiles.schemaevolutionmode": "ADDNEWCOLUMNS", "PathGlobFilter": "*.x"}
    )
    assert (options.format, options.mode, options.name_pattern) == ("binaryFile", Mode.ADD, "*.x")
    assert options.reader == {"PathGlobFilter": "*.x", "maxFilesPerTrigger": "1000"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cloudFiles.cleanSource.moveDestination", "landing files are never moved"),
        ("cloudFiles.cleanSource.retentionDuration", "landing files are never moved or deleted"),
        ("cloudFiles.maxFileAge", "files that were read are never forgotten here"),
    ],
)
def test_refused_options_say_why(name: str, reason: str) -> None:
    message = rf"test_options.py:\d+: '{name}' is not supported by dlt_local: {reason}\. Remove it"
    with pytest.raises(UnsupportedError, match=message):
        checked_options({**JSON, name: "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cloudFiles.backfillInterval", "1 day"),
        ("cloudFiles.fetchParallelism", "4"),
        ("cloudFiles.listOnStart", "true"),
        ("cloudFiles.pathRewrites", "{}"),
        ("cloudFiles.useIncrementalListing", "auto"),
        ("cloudFiles.useManagedFileEvents", "true"),
        ("cloudFiles.useNotifications", "true"),
        ("cloudFiles.useStrictGlobber", "true"),
        ("cloudFiles.validateOptions", "false"),
    ],
)
def test_options_without_local_meaning_are_accepted(name: str, value: str) -> None:
    options = checked_options({**JSON, name: value})
    assert options.get(name) == value
    assert options.reader == {"maxFilesPerTrigger": "1000"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"cloudFiles.formats": "x"},
            "Unknown Auto Loader option 'cloudFiles.formats'. Did you mean 'cloudFiles.format'",
        ),
        ({"cloudFiles.allowOverwrite": "true"}, "Did you mean 'cloudFiles.allowOverwrites'"),
        ({"cloudFiles.inferColumnTypes": "yes"}, "'yes', which is not served. It takes one of true, false."),
        (
            {"cloudFiles.schemaEvolutionMode": "add"},
            "It takes one of addNewColumns, .*, rescue, failOnNewColumns, none.",
        ),
        ({"cloudFiles.maxFilesPerTrigger": "0"}, "It takes a positive number."),
        ({"cloudFiles.maxBytesPerTrigger": "10 gigs"}, "It takes a size such as"),
        ({"cloudFiles.cleanSource": "delete"}, "'delete', which is not served. It takes off."),
        ({"modifiedAfter": "yesterday"}, "It takes a time such as"),
        ({"recursiveFileLookup": "false"}, "It takes true."),
        ({"cloudFiles.maxFilesPerTrigger": "1", "cloudFiles.maxBytesPerTrigger": "1"}, "cannot be combined here"),
        ({"cloudFiles.format": "avro"}, "format 'avro' is not supported by dlt_local: it needs a jar"),
        ({"cloudFiles.format": "xml"}, "format 'xml' is not supported by dlt_local: its rescued data"),
        ({"cloudFiles.format": "jsn"}, "format 'jsn' is not supported by dlt_local. Supported: csv, json, text"),
        ({"cloudFiles.format": ""}, "Auto Loader needs 'cloudFiles.format'"),
        ({"cloudFiles.format": "orc"}, "infers no schema of orc files"),
        ({"mergeSchema": "true"}, "Reader option 'mergeSchema' is not supported by dlt_local for json files"),
        ({"multiline": "1"}, "'multiLine' is '1', which is not served"),
        ({"mode": "FAILFAST"}, "'mode' is 'FAILFAST', which is not served. It takes permissive."),
        ({"inferSchema": "true"}, "'inferSchema' is not supported by dlt_local: use cloudFiles.inferColumnTypes"),
        (
            {"cloudFiles.format": "text", "cloudFiles.schemaHints": "a INT"},
            "'cloudFiles.schemaHints' is not served for text",
        ),
        ({"cloudFiles.format": "text", "rescuedDataColumn": "r"}, "'rescuedDataColumn' is not served for text files"),
        ({"cloudFiles.format": "binaryFile", "cloudFiles.schemaEvolutionMode": "rescue"}, "whose columns are fixed"),
    ],
)
def test_mistakes_name_the_line_and_what_is_right(given: dict[str, str], message: str) -> None:
    with pytest.raises(PipelineError, match=rf"test_options.py:\d+: .*{message}"):
        checked_source("/landing", None, {**JSON, **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cloudFiles.schemaEvolutionMode": "addNewColumns"}, "addNewColumns is not allowed together with a schema"),
        ({"cloudFiles.schemaHints": "a INT"}, "'cloudFiles.schemaHints' has no effect together with a schema"),
        ({"rescuedDataColumn": "r"}, "must list the rescued-data column 'r STRING'"),
        ({"cloudFiles.schemaEvolutionMode": "rescue"}, "must list the rescued-data column '_rescued_data STRING'"),
    ],
)
@pytest.mark.usefixtures("spark")
def test_what_contradicts_a_schema(given: dict[str, str], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        checked_source("/landing", "a INT, _rescued_data INT", {**JSON, **given})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "PERMISSIVE"),
        ("encoding", "UTF-8"),
        ("charset", "utf8"),
        ("readerCaseSensitive", "true"),
        ("recursiveFileLookup", "true"),
    ],
)
def test_options_that_say_what_holds_anyway(name: str, value: str) -> None:
    assert checked_source("/landing", None, {**JSON, name: value}).options.get(name) == value


def test_the_rescued_data_column_by_either_name() -> None:
    for name in ("rescuedDataColumn", "cloudFiles.rescuedDataColumn"):
        assert checked_source("/landing", None, {**JSON, name: "left_over"}).rescued == "left_over"


def test_schema_locations_elsewhere_are_refused() -> None:
    for location in ("s3://bucket/schemas", "/Volumes/main/schemas"):
        options = checked_options({**JSON, "cloudFiles.schemaLocation": location})
        with pytest.raises(UnsupportedError, match=r"which is no folder of this machine\. Remove it: the schema"):
            _ = options.schema_location


def test_sizes() -> None:
    assert [size_in_bytes(size) for size in ("7", "7b", "1k", "2 MB", "3g", "1T")] == [
        7,
        7,
        1024,
        2 * 1024**2,
        3 * 1024**3,
        1024**4,
    ]


def test_every_option_is_listed_once_and_described() -> None:
    names = [option.name.lower() for option in OPTIONS]
    assert len(set(names)) == len(names)
    assert all(option.text for option in OPTIONS)
