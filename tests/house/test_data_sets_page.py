"""The page of all data sets is what the code says, and the code says of each column and key what it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.cli.data_dictionary import data_dictionary
from dlt_local.project.bundle_pipeline import load_pipeline
from dlt_local.update import plan_pipeline

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dlt_local.graph.model import Graph, PlannedDataset

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/datasets.md"
LANDING = ROOT / "fixtures/landing/2026-04-14"
# These have a row for whatever came, however often.
LEDGERS = re.compile(r"^bronze\.|_checked$|_quarantine$|^silver\.data_clock$")
# AUTO CDC declares keys of its own, and no function that could say more; a step of a workout may come twice.
KEYLESS = {"silver.user_profile_latest", "silver.user_profile_versions", "silver.workout_steps"}


@pytest.fixture(scope="module")
def graph(spark: SparkSession) -> Graph:
    assert spark
    spec = load_pipeline(
        bundle_root=ROOT, pipeline=None, landing=LANDING, settings={}, target=None, landing_required=True
    )
    return plan_pipeline(spec)


def test_the_page_is_what_the_code_says(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """`dlt-local graph --format markdown --landing fixtures/landing/2026-04-14 > docs/datasets.md` makes it."""
    monkeypatch.chdir(ROOT)
    assert PAGE.read_text(encoding="utf-8") == "\n".join(data_dictionary("fitness_lakehouse", graph)) + "\n"


def test_every_table_and_column_says_what_it_is(graph: Graph) -> None:
    stored = [dataset for dataset in graph.datasets.values() if dataset.is_stored]
    assert [dataset.name for dataset in stored if not dataset.comment] == []
    columns = [(dataset.name, field) for dataset in stored for field in dataset.schema.fields]
    assert [f"{name}.{field.name}" for name, field in columns if not field.metadata.get("comment")] == []


def test_every_table_says_its_key(graph: Graph) -> None:
    stored = {short_name(dataset): dataset for dataset in graph.datasets.values() if dataset.is_stored}
    keyed = {name: dataset for name, dataset in stored.items() if not LEDGERS.search(name)}
    assert [name for name, dataset in keyed.items() if name not in KEYLESS and not key(dataset)] == []


def short_name(dataset: PlannedDataset) -> str:
    return dataset.name.partition(".")[2]


def key(dataset: PlannedDataset) -> list[str]:
    """The columns in brackets of "One row per ... (a, b)", if that is what they are."""
    found = re.search(r"\(([\w, ]+)\)", dataset.description or "")
    names = found[1].split(", ") if found else []
    return names if set(names) <= set(dataset.schema.names) else []
