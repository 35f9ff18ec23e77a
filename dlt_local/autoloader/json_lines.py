"""JSON: one parse of each record into a map of raw texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from dlt_local.autoloader.rescued import FIELDS, LINE, RAW_FIELDS, is_text

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dlt_local.autoloader.options import AutoLoaderOptions

_PARSER_OPTIONS = (
    "allowBackslashEscapingAnyCharacter",
    "allowComments",
    "allowNonNumericNumbers",
    "allowNumericLeadingZeros",
    "allowSingleQuotes",
    "allowUnquotedControlChars",
    "allowUnquotedFieldNames",
)


def parser_options(options: AutoLoaderOptions) -> dict[str, str]:
    """What Spark's JSON parser is told."""
    return {name: options.get(name) for name in _PARSER_OPTIONS if options.has(name)}


def rows(texts: DataFrame, options: AutoLoaderOptions) -> DataFrame:
    """One row per record from text in column `value`: lines, or whole files with `multiLine`.

    `FIELDS` holds the record's fields as raw text, NULL if it is no JSON object; `LINE` the record itself.
    """
    filled = texts.where(is_text(F.col("value")) & (F.length(F.trim("value")) > 0))
    parser = parser_options(options)
    if not options.flag("multiLine"):
        fields = F.from_json(F.col("value"), RAW_FIELDS, parser)
        return filled.select(F.col("value").alias(LINE), fields.alias(FIELDS))
    several = F.from_json(F.col("value"), f"array<{RAW_FIELDS}>", parser)
    single = F.array(F.from_json(F.col("value"), RAW_FIELDS, parser))
    nothing = F.array(F.lit(None).cast(RAW_FIELDS))
    is_array = F.ltrim(F.col("value")).startswith("[")
    records = F.when(is_array, F.coalesce(several, nothing)).otherwise(single)
    return filled.select(F.col("value").alias(LINE), F.explode(records).alias(FIELDS))
