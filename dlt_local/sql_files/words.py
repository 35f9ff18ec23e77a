"""Reads a SQL statement word by word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from dlt_local.errors import DefinitionError, first_line
from dlt_local.source_location import SourceLocation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})


@dataclass
class Words:
    """The tokens of one statement; `at` is the next one."""

    tokens: list[Token]
    text: str
    where: SourceLocation
    at: int = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.tokens)

    def accept(self, *words: str) -> bool:
        """Take these words if they come next; a token may hold two words, as CLUSTER BY does."""
        found: list[str] = []
        at = self.at
        while len(found) < len(words) and at < len(self.tokens):
            found += self.tokens[at].text.upper().split() or [""]
            at += 1
        if found != list(words):
            return False
        self.at = at
        return True

    def expect(self, *words: str) -> None:
        """Take these words; anything else is an error."""
        if not self.accept(*words):
            raise self.error(f"expected {' '.join(words)}")

    def name(self) -> str:
        """A dotted name, back-quotes kept."""
        start = self.at
        self._take("a name")
        while self.accept("."):
            self._take("a name")
        return "".join(_source([token], self.text) for token in self.tokens[start : self.at])

    def string(self) -> str:
        """A text literal; adjacent ones are one text."""
        parts = []
        while not self.is_done and self.tokens[self.at].token_type is TokenType.STRING:
            parts.append(self.tokens[self.at].text)
            self.at += 1
        if not parts:
            raise self.error("expected a text in quotes")
        return "".join(parts)

    def items(self) -> list[str]:
        """The parts between the commas of a parenthesised list."""
        return [_source(item, self.text) for item in self.token_items()]

    def token_items(self) -> list[list[Token]]:
        """The same as tokens."""
        self.expect("(")
        start, depth = self.at, 1
        while depth:
            depth += self._depth_change(self._take("')'"))
        items: list[list[Token]] = [[]]
        for token in self.tokens[start : self.at - 1]:
            depth += self._depth_change(token)
            if token.token_type is TokenType.COMMA and depth == 0:
                items.append([])
            else:
                items[-1].append(token)
        return [item for item in items if item]

    def until(self, *keywords: str) -> str:
        """The source up to the first of these words outside parentheses, or to the end."""
        start, depth = self.at, 0
        while not self.is_done and (depth or self.tokens[self.at].text.upper() not in keywords):
            depth += self._depth_change(self.tokens[self.at])
            self.at += 1
        if self.at == start:
            raise self.error("expected an expression")
        return _source(self.tokens[start : self.at], self.text)

    def error(self, problem: str) -> DefinitionError:
        """What is wrong with the next word."""
        found = "the end of the statement" if self.is_done else f"'{_source([self.tokens[self.at]], self.text)}'"
        line = self.where.line if self.is_done else self.tokens[self.at].line
        return DefinitionError(f"SQL: {problem}, found {found}", where=SourceLocation(self.where.file, line))

    def _take(self, what: str) -> Token:
        if self.is_done:
            raise self.error(f"expected {what}")
        self.at += 1
        return self.tokens[self.at - 1]

    @staticmethod
    def _depth_change(token: Token) -> int:
        return (token.token_type in _OPENING) - (token.token_type in _CLOSING)


def statements(text: str, file: Path) -> Iterator[Words]:
    """The statements of a file, each with the line where it begins."""
    try:
        tokens = Databricks().tokenize(text)
    except SqlglotError as error:
        raise DefinitionError(f"SQL: {first_line(error)}", where=SourceLocation(str(file), 1)) from error
    statement: list[Token] = []
    for token in [*tokens, None]:
        if token is not None and token.token_type is not TokenType.SEMICOLON:
            statement.append(token)
        elif statement:
            yield Words(statement, text, SourceLocation(str(file), statement[0].line))
            statement = []


def _source(tokens: list[Token], text: str) -> str:
    return text[tokens[0].start : tokens[-1].end + 1]
