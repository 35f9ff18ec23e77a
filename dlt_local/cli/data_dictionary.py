"""A planned graph as a page of documentation: what each data set holds, where it comes from, what is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.api.definitions import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.api.definitions import Expectation
    from dlt_local.graph.model import Graph, PlannedDataset

_ON_VIOLATION = {Action.WARN: "counted", Action.DROP: "row dropped", Action.FAIL: "update fails"}


def data_dictionary(pipeline: str, graph: Graph) -> Iterator[str]:
    """Lines of Markdown: a table of contents, then the data sets by schema with columns and expectations.

    Texts are those of the pipeline: comments of tables and columns, and the docstring of the function that declares a
    data set, which says its grain.
    """
    yield f"# Data sets of {pipeline}"
    yield ""
    yield "Made by `dlt-local graph --format markdown` from the pipeline's code; do not edit."
    schemas = _by_schema(graph)
    for schema, datasets in schemas:
        yield ""
        yield f"**{schema or 'views'}** " + " · ".join(f"[{_short(d)}](#{_anchor(d)})" for d in datasets)
    for schema, datasets in schemas:
        yield from ("", f"## {schema or 'Views'}")
        for dataset in datasets:
            yield from _described(dataset)


def _described(dataset: PlannedDataset) -> Iterator[str]:
    kind = str(dataset.kind).replace("_", " ").capitalize()
    yield from ("", f"### {_name(dataset)}", "")
    yield " ".join(part for part in (dataset.comment, dataset.description) if part)
    yield ""
    private = ", private" if dataset.declared.private else ""
    yield f"{kind}{private}, declared in `{_file(dataset)}`.{_sources(dataset)}"
    yield from ("", "| column | type | what it is |", "|---|---|---|")
    for field in dataset.schema.fields:
        comment = field.metadata.get("comment", "")
        yield f"| `{field.name}` | {_cell(field.dataType.simpleString())} | {_cell(comment)} |"
    if dataset.declared.expectations:
        yield from ("", "| expectation | condition | on violation |", "|---|---|---|")
        for expectation in dataset.declared.expectations:
            yield f"| {expectation.name} | `{_condition(expectation)}` | {_ON_VIOLATION[expectation.action]} |"


def _sources(dataset: PlannedDataset) -> str:
    names = ", ".join(f"`{name.partition('.')[2] or name}`" for name in sorted(dataset.inputs))
    return f" Reads {names}." if names else ""


def _file(dataset: PlannedDataset) -> str:
    file = Path(dataset.location.file).resolve()
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _condition(expectation: Expectation) -> str:
    # Stands in a span of code, where only the table's own sign needs care.
    return _in_table(" ".join(str(expectation.predicate).split()))


def _cell(text: str) -> str:
    return _in_table(text if "`" in text else text.replace("<", "&lt;"))


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")


def _by_schema(graph: Graph) -> list[tuple[str, list[PlannedDataset]]]:
    """Data sets by name, schemas in the order in which data passes through them, what has no schema last."""
    schemas: dict[str, list[PlannedDataset]] = {}
    for dataset in graph.datasets.values():
        schemas.setdefault(_schema(dataset), []).append(dataset)
    in_order = sorted(schemas, key=lambda schema: schema == "")
    return [(schema, sorted(schemas[schema], key=lambda dataset: dataset.name)) for schema in in_order]


def _schema(dataset: PlannedDataset) -> str:
    return dataset.name.rpartition(".")[0].rpartition(".")[2]


def _short(dataset: PlannedDataset) -> str:
    return dataset.name.rpartition(".")[2]


def _name(dataset: PlannedDataset) -> str:
    return ".".join(dataset.name.split(".")[-2:])


def _anchor(dataset: PlannedDataset) -> str:
    return _name(dataset).replace(".", "").lower()
