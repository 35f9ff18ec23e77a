"""Places data sets from left to right, by layer and by what they read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

from dlt_local.quality.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.quality.model import Dataset

WIDTH = 212
HEIGHT = 34
_COLUMN = WIDTH + 32
_ROW = HEIGHT + 8
_TOP = 30
_EDGE = 22
# More columns are folded; they would not fit on a screen.
_MOST_COLUMNS = 6
_IN_A_COLUMN = 13
_LETTERS = 27

_Standings = dict[str, tuple[Standing, str]]


@dataclass(frozen=True, slots=True)
class Node:
    """A data set where it is drawn; `full_name` where `name` is cut."""

    full_name: str
    name: str
    label: str
    standing: Standing
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """A drawing: layers with the x where they begin, nodes, and paths, with whether they come from a breach."""

    width: int
    height: int
    layers: tuple[tuple[str, int], ...]
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, bool], ...]


def lineage(datasets: Sequence[Dataset], standings: _Standings) -> Lineage:
    """Sources on the left; a data set that the standings do not name has no rule."""
    reads = {dataset.name: dataset.reads for dataset in datasets}
    columns, layers = _columns(reads)
    nodes: dict[str, Node] = {}
    for number, names in enumerate(columns):
        for row, name in enumerate(_untangled(names, reads, nodes)):
            worst, label = standings.get(name, (Standing.NO_RULE, "no rule"))
            x, y = _EDGE + number * _COLUMN, _TOP + row * _ROW
            nodes[name] = Node(name, _cut(name.rpartition(".")[2]), _cut(label), worst, x, y)
    edges = [(nodes[source], nodes[name]) for name in reads for source in reads[name] if source != name]
    return Lineage(
        width=2 * _EDGE + len(columns) * _COLUMN - (_COLUMN - WIDTH),
        height=_TOP + max((len(names) for names in columns), default=0) * _ROW,
        layers=tuple((name, _EDGE + number * _COLUMN) for number, name in layers.items()),
        nodes=tuple(nodes.values()),
        edges=tuple((_path(*edge), edge[0].standing is Standing.BREACH) for edge in edges),
    )


def _columns(reads: Mapping[str, Sequence[str]]) -> tuple[list[list[str]], dict[int, str]]:
    """Names by column, and the names of layers by their first column."""
    depths = _depths(reads)
    of_layer: dict[str, list[str]] = {}
    for name in sorted(reads):
        of_layer.setdefault(_layer(name, reads), []).append(name)
    has_room = sum(len({depths[name] for name in names}) for names in of_layer.values()) <= _MOST_COLUMNS
    columns: list[list[str]] = []
    layers = {}
    for layer in sorted(of_layer, key=lambda layer: (mean(depths[name] for name in of_layer[layer]), layer)):
        names = of_layer[layer]
        layers[len(columns)] = layer
        columns += _folded(names, depths, len(names) if has_room else -(-len(names) // _IN_A_COLUMN))
    return columns, layers


def _depths(reads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The longest way from a source; a log that names a circle gets some answer as well."""
    depths = dict.fromkeys(reads, 0)
    for _ in reads:
        deeper = {name: max((depths[source] + 1 for source in reads[name]), default=0) for name in reads}
        if deeper == depths:
            break
        depths = deeper
    return depths


def _layer(name: str, reads: Mapping[str, Sequence[str]]) -> str:
    """The schema; views and sinks have none, and stand with what they read."""
    schema, _, _ = name.rpartition(".")
    return schema or next((source.rpartition(".")[0] for source in reads[name] if "." in source), "")


def _folded(names: Sequence[str], depths: Mapping[str, int], columns: int) -> list[list[str]]:
    """Names by depth; where that is more than so many columns, neighbours share one."""
    sizes = Counter(depths[name] for name in names)
    folded: dict[int, list[str]] = {}
    before = 0
    for number, depth in enumerate(sorted(sizes)):
        middle = before + sizes[depth] / 2
        column = number if len(sizes) <= columns else int(middle * columns / len(names))
        folded.setdefault(column, []).extend(name for name in names if depths[name] == depth)
        before += sizes[depth]
    return list(folded.values())


def _untangled(names: Sequence[str], reads: Mapping[str, Sequence[str]], placed: Mapping[str, Node]) -> list[str]:
    """Each as high as what it reads."""
    heights = {name: [placed[source].y for source in reads[name] if source in placed] for name in names}
    return sorted(names, key=lambda name: (mean(heights[name]) if heights[name] else 0, name))


def _path(source: Node, target: Node) -> str:
    start, end = source.y + HEIGHT // 2, target.y + HEIGHT // 2
    if source.x == target.x:
        return f"M{source.x} {start}C{source.x - _EDGE} {start} {target.x - _EDGE} {end} {target.x} {end}"
    left = source.x + WIDTH
    text = f"M{left} {start}"
    # Behind a node it would seem to begin or end there, so it passes between two rows.
    for x in range(source.x + _COLUMN, target.x, _COLUMN):
        lane = _TOP + round(((start + end) / 2 - _TOP) / _ROW) * _ROW - (_ROW - HEIGHT) // 2
        text += f"{_bow(left, start, x, lane)}H{x + WIDTH}"
        left, start = x + WIDTH, lane
    return text + _bow(left, start, target.x, end)


def _bow(left: int, start: int, right: int, end: int) -> str:
    middle = (left + right) // 2
    return f"C{middle} {start} {middle} {end} {right} {end}"


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"
