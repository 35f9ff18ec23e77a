"""The page as a browser without a style sheet or a script would show it."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "input", "br", "wbr", "path", "rect", "circle", "link", "img"}
BLOCKS = {"dd", "dt", "h1", "h2", "li", "p", "td", "th"}


class ParsedPage(HTMLParser):
    """Texts by the id of their section or table, cells of tables, and every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text = ""
        self.open: list[str] = []
        self._rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag == "table":
            self._rows = self.tables.setdefault(attributes["id"], [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th"}:
            self._rows[-1].append("")
        elif tag == "script":
            self.scripts.append((attributes, ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"
        if tag in BLOCKS:
            self.text += " "

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif "style" not in self.open:
            self.text += data
            if {"td", "th"} & set(self.open) and "dl" not in self.open:
                self._rows[-1][-1] += data

    def cells(self, table: str) -> list[list[str]]:
        """Rows of a table below its head, white space as it is shown."""
        return [[" ".join(cell.split()) for cell in row] for row in self.tables[table][1:]]

    @property
    def shown(self) -> str:
        """All text that is not script or style."""
        return " ".join(self.text.split())

    def all_of(self, tag: str) -> list[dict[str, str]]:
        """Attributes of each tag of that name."""
        return [attributes for name, attributes in self.tags if name == tag]
