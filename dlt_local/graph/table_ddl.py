"""Reads the DDL of a table's `schema=`: columns for Spark, and what Spark alone does not know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql.types import StructField, StructType
from sqlglot import exp, parse_one
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from dlt_local.errors import GraphError, UnsupportedError, first_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlt_local.api.definitions import Dataset

_AFTER_MASK = frozenset({"NOT", "COMMENT", "GENERATED", "DEFAULT", "CONSTRAINT", "PRIMARY"})
_TRUST = frozenset({"RELY", "NORELY"})
_OPENING = frozenset({TokenType.L_PAREN, TokenType.LT})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.GT})


@dataclass(frozen=True, slots=True)
class TableDdl:
    """Columns, the SQL of generated columns, and masks and constraints, which change no row locally."""

    schema: StructType
    generated: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()


def table_ddl(declared: Dataset) -> TableDdl:
    """The declared schema of a data set; raises GraphError at its line if it cannot be read."""
    if isinstance(declared.schema, StructType):
        return TableDdl(declared.schema)
    text = str(declared.schema)
    try:
        return TableDdl(parsed_ddl(text))
    except PySparkException:
        # Spark has no words for constraints, masks and generated columns.
        return _databricks_ddl(declared, text)


def parsed_ddl(ddl: str) -> StructType:
    """A schema from the DDL text of open-source Spark."""
    parsed = StructType.fromDDL(ddl)
    return parsed if isinstance(parsed, StructType) else StructType([StructField("value", parsed)])


def _databricks_ddl(declared: Dataset, text: str) -> TableDdl:
    columns: list[str] = []
    generated: dict[str, str] = {}
    masks: dict[str, str] = {}
    constraints: list[str] = []
    try:
        for item, mask in _items(text):
            node = parse_one(f"CREATE TABLE t ({item})", dialect=Databricks).this.expressions[0]
            if not isinstance(node, exp.ColumnDef):
                constraints.append(item)
                continue
            columns.append(_column(declared, node, generated, constraints))
            if mask:
                masks[node.name] = mask
        schema = parsed_ddl(", ".join(columns))
    except (SqlglotError, PySparkException) as error:
        message = f"The schema of '{declared.name}' cannot be parsed: {first_line(error)}"
        raise GraphError(message, where=declared.location) from error
    return TableDdl(schema, generated, masks, tuple(constraints))


def _column(declared: Dataset, node: exp.ColumnDef, generated: dict[str, str], constraints: list[str]) -> str:
    """A column in the words of open-source Spark; what these lack goes to the other two."""
    kept = [f"`{node.name}`", node.args["kind"].sql("spark")]
    for constraint in node.constraints:
        kind = constraint.kind
        if isinstance(kind, exp.NotNullColumnConstraint | exp.CommentColumnConstraint):
            kept.append(kind.sql("spark"))
        elif isinstance(kind, exp.ComputedColumnConstraint):
            generated[node.name] = kind.this.sql("databricks")
        elif isinstance(kind, exp.PrimaryKeyColumnConstraint | exp.Reference):
            constraints.append(f"{node.name}: {kind.sql('databricks')}")
        else:
            message = f"Column '{node.name}' of '{declared.name}': {kind.sql('databricks')} is not supported"
            raise UnsupportedError(message, where=declared.location, remedy="Remove it to run locally.")
    return " ".join(kept)


def _items(text: str) -> Iterator[tuple[str, str]]:
    """Each column or constraint without its mask, and the mask."""
    for tokens in _split(Databricks().tokenize(text)):
        if not tokens:
            raise SqlglotError("a column is missing between two commas")
        mask_at = next((n for n, token in enumerate(tokens) if n and token.text.upper() == "MASK"), None)
        start = len(tokens) if mask_at is None else mask_at
        rest = range(start + 1, len(tokens))
        end = next((n for n in rest if tokens[n].text.upper() in _AFTER_MASK), len(tokens))
        kept = [token for token in (*tokens[:start], *tokens[end:]) if token.text.upper() not in _TRUST]
        yield _source(kept, text), _source(tokens[start:end], text)


def _split(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens between commas that stand in no parentheses."""
    depth = 0
    item: list[Token] = []
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if token.token_type is TokenType.COMMA and depth == 0:
            yield item
            item = []
        else:
            item.append(token)
    yield item


def _source(tokens: Iterable[Token], text: str) -> str:
    return " ".join(text[token.start : token.end + 1] for token in tokens)
