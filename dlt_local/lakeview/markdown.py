"""The Markdown of text widgets as HTML: headings, paragraphs, lists, bold, italic, code and links; nothing else."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"[-*+]\s+(.*)")
_DEEPEST = 6
# After escaping: the text in these is already harmless.
_SPANS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*(.+?)\*"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^)\s\"'<>]+)\)"), r'<a href="\2" rel="noreferrer">\1</a>'),
)


def as_html(text: str) -> str:
    """A text as HTML; headings are one level lower, below that of the dashboard."""
    lines = [line.strip() for line in text.splitlines()]
    return "".join(_block(kind, list(block)) for kind, block in groupby(lines, _kind))


def _kind(line: str) -> str:
    if not line:
        return "gap"
    if _HEADING.fullmatch(line):
        return "heading"
    return "list" if _ITEM.fullmatch(line) else "paragraph"


def _block(kind: str, lines: list[str]) -> str:
    match kind:
        case "heading":
            return "".join(_heading(line) for line in lines)
        case "list":
            items = "".join(f"<li>{_spans(line.split(maxsplit=1)[1])}</li>" for line in lines)
            return f"<ul>{items}</ul>"
        case "paragraph":
            return f"<p>{_spans(' '.join(lines))}</p>"
    return ""


def _heading(line: str) -> str:
    marks, text = line.split(maxsplit=1)
    level = min(len(marks) + 1, _DEEPEST)
    return f"<h{level}>{_spans(text)}</h{level}>"


def _spans(text: str) -> str:
    html = escape(text)
    for pattern, replacement in _SPANS:
        html = pattern.sub(replacement, html)
    return html
