"""docs/simulator.md says what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simulator.world.parameters import Parameters, changed
from simulator.world.sent import Fate
from tests.simulator.parameter_table import PAGE, table, table_of_the_page

DEMO = Path(__file__).parents[2] / "simulator" / "demo.yml"


def test_parameters_are_as_in_the_code() -> None:
    assert table_of_the_page() == table(), "write it anew: python -m tests.simulator.parameter_table"


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_is_explained(fate: Fate) -> None:
    assert f"| {fate} | " in PAGE.read_text("utf-8")


def test_parameters_of_the_demonstration() -> None:
    settings = yaml.safe_load(DEMO.read_text("utf-8"))
    assert changed(Parameters(members=60, days=28), settings).city_members == 60
