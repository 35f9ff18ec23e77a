"""CSV: columns are matched by name, file by file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from dlt_local.autoloader.rescued import FIELDS, LINE, is_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlt_local.autoloader.options import AutoLoaderOptions

_HEADER, _BODY = "dlt_local_header", "dlt_local_body"
_BYTE_ORDER_MARK = "\ufeff"
_LINE_END = "\r?\n"


def rows(files: DataFrame, options: AutoLoaderOptions, names: Sequence[str]) -> DataFrame:
    """One row per record from whole files in column `value`; `FIELDS` holds its values by name, `LINE` the record.

    Without a header the columns are called `names`, by position. Values without a name are called by their position
    (`_c3`), and so are columns whose name is blank; a name that occurs again gets its position appended.
    """
    text = F.regexp_replace(F.make_valid_utf8(F.col("value")), _BYTE_ORDER_MARK, "")
    filled = F.filter(_records(text, options), lambda line: _is_filled(line, options))
    if options.flag("header"):
        header = _column_names(_values(F.element_at(filled, 1), options))
        body = F.slice(filled, 2, F.greatest(F.size(filled) - 1, F.lit(0)))
    else:
        header, body = F.array(*[F.lit(name) for name in names]).cast("array<string>"), filled
    texts = files.where(is_text(F.col("value")) & (F.length(F.trim("value")) > 0))
    # Two steps, because Spark would split the whole file again for the header of each line.
    parts = texts.select(header.alias(_HEADER), body.alias(_BODY))
    lines = parts.select(_HEADER, F.explode(_BODY).alias(LINE))
    return lines.select(LINE, _named(F.col(_HEADER), _values(F.col(LINE), options)).alias(FIELDS))


def header_names(text: str, options: AutoLoaderOptions) -> list[str]:
    """The column names of one file, as `rows` calls them."""
    text = text.replace(_BYTE_ORDER_MARK, "")
    comment = options.get("comment")
    records = (
        [found[0] for found in re.finditer(_record_pattern(options), text)]
        if options.flag("multiLine")
        else re.split(_LINE_END, text)
    )
    filled = (line for line in records if line.strip(" ") and not (comment and line.startswith(comment)))
    first = next(filled, None)
    found = [] if first is None else [_python_name(value, options) for value in _python_values(first, options)]
    names = [name or f"_c{position}" for position, name in enumerate(found)]
    return [f"{name}{position}" if names.index(name) < position else name for position, name in enumerate(names)]


def _records(text: Column, options: AutoLoaderOptions) -> Column:
    if not options.flag("multiLine"):
        return F.split(text, _LINE_END)
    return F.regexp_extract_all(text, F.lit(_record_pattern(options)), F.lit(0))


def _record_pattern(options: AutoLoaderOptions) -> str:
    """Text up to a line end that is not within quotes. Possessive, because Java repeats a group by recursion."""
    mark, quoted = re.escape(options.get("quote", '"')), _quoted_pattern(options)
    return rf"(?:[^\r\n{mark}]++|{quoted}|{mark})++"


def _quoted_pattern(options: AutoLoaderOptions) -> str:
    mark, escape = re.escape(options.get("quote", '"')), re.escape(options.get("escape", "\\"))
    separator = re.escape(options.separator)
    end = rf"(?=[ \t]*(?:{separator}|[\r\n]|$))"
    plain = rf"{mark}(?:[^{mark}]++|{mark}{mark})*+{mark}"
    # A backslash may also be the last character of a value; then the closing mark would be missing.
    return rf"(?:{mark}(?:[^{mark}{escape}]++|{escape}(?s:.)|{mark}{mark})*+{mark}{end}|{plain})"


def _is_filled(line: Column, options: AutoLoaderOptions) -> Column:
    filled = F.length(F.trim(line)) > 0
    comment = options.get("comment")
    return filled & ~line.startswith(comment) if comment else filled


def _value_pattern(options: AutoLoaderOptions) -> str:
    separator = options.separator
    mark = re.escape(separator)
    unquoted = f"[^{mark}]*+" if len(separator) == 1 else f"(?:(?!{mark})(?s:.))*+"
    # Each value is found by the separator before it, so the first one gets a separator too.
    return f"{mark}({_quoted_pattern(options)}|{unquoted})"


def _values(line: Column, options: AutoLoaderOptions) -> Column:
    with_first = F.concat(F.lit(options.separator), line)
    texts = F.regexp_extract_all(with_first, F.lit(_value_pattern(options)), F.lit(1))
    return F.transform(texts, lambda value: _unquoted(value, options))


def _unquoted(value: Column, options: AutoLoaderOptions) -> Column:
    quote, escape = options.get("quote", '"'), options.get("escape", "\\")
    inner = F.substring(value, F.lit(2), F.length(value) - 2)
    inner = F.replace(inner, F.lit(escape + quote), F.lit(quote)) if escape != quote else inner
    inner = F.replace(inner, F.lit(quote * 2), F.lit(quote))
    is_quoted = value.startswith(quote) & value.endswith(quote) & (F.length(value) > 1)
    bare = F.ltrim(value) if options.flag("ignoreLeadingWhiteSpace") else value
    bare = F.rtrim(bare) if options.flag("ignoreTrailingWhiteSpace") else bare
    return F.when(bare == options.get("nullValue"), F.lit(None)).when(is_quoted, inner).otherwise(bare)


def _python_values(line: str, options: AutoLoaderOptions) -> list[str]:
    return [found[1] for found in re.finditer(_value_pattern(options), options.separator + line)]


def _python_name(value: str, options: AutoLoaderOptions) -> str:
    quote, escape = options.get("quote", '"'), options.get("escape", "\\")
    if len(value) > 1 and value.startswith(quote) and value.endswith(quote):
        inner = value[1:-1]
        value = (inner.replace(escape + quote, quote) if escape != quote else inner).replace(quote * 2, quote)
    return value.strip(" ")


def _column_names(values: Column) -> Column:
    def name(value: Column, position: Column) -> Column:
        trimmed = F.trim(F.coalesce(value, F.lit("")))
        return F.when(trimmed == "", F.concat(F.lit("_c"), position)).otherwise(trimmed)

    names = F.transform(values, name)
    return F.transform(
        names,
        lambda found, position: F.when(F.array_position(names, found) <= position, F.concat(found, position)).otherwise(
            found
        ),
    )


def _named(header: Column, values: Column) -> Column:
    surplus = F.transform(F.sequence(F.size(header), F.size(values)), lambda number: F.concat(F.lit("_c"), number))
    names = F.when(F.size(values) > F.size(header), F.slice(F.concat(header, surplus), F.lit(1), F.size(values)))
    return F.map_from_arrays(names.otherwise(F.slice(header, F.lit(1), F.size(values))), values)
