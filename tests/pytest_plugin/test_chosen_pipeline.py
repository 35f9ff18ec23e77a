"""Each part of a choice comes from the nearest place that makes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from dlt_local.pytest_plugin.chosen_pipeline import PipelineChoice

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "# declares nothing\n"


def load(choice: PipelineChoice, root: Path, **settings: str) -> Mapping[str, object]:
    spec = choice.below(root).load(landing=root / "in", settings=settings)
    return {"name": spec.name, "files": [file.name for file in spec.source_files], "settings": dict(spec.configuration)}


def test_what_is_chosen_nearer_wins_part_by_part() -> None:
    near, far = PipelineChoice(name="a", target="dev"), PipelineChoice(Path("x"), "b", "prod")
    assert near.or_else(far) == PipelineChoice(Path("x"), "a", "dev")
    assert far.or_else(near) == far


def test_a_path_is_below_the_root_unless_it_is_absolute(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(SOURCE, encoding="utf-8")
    expected = {"name": "src", "files": ["a.py"], "settings": {"landing": f"{tmp_path}/in", "x": "1"}}
    assert load(PipelineChoice(Path("src")), tmp_path, x="1") == expected
    assert load(PipelineChoice(tmp_path / "src"), tmp_path / "elsewhere", x="1")["files"] == ["a.py"]


def test_a_setting_of_the_test_replaces_the_landing_folder(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE, encoding="utf-8")
    assert load(PipelineChoice(Path("a.py")), tmp_path, landing="/data")["settings"] == {"landing": "/data"}


def test_a_bundle_above_the_root_is_found_but_a_nearer_open_source_file_wins(tmp_path: Path) -> None:
    pipeline = "{catalog: c, schema: s, libraries: [{glob: {include: a.py}}]}"
    bundle = f"bundle: {{name: b}}\nresources: {{pipelines: {{mine: {pipeline}}}}}\n"
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "databricks.yml").write_text(bundle, encoding="utf-8")
    for folder in (tmp_path, root):
        (folder / "a.py").write_text(SOURCE, encoding="utf-8")
    assert load(PipelineChoice(), root)["name"] == "mine"
    text = "name: theirs\nlibraries: [{glob: {include: a.py}}]\n"
    (root / "spark-pipeline.yml").write_text(text, encoding="utf-8")
    assert load(PipelineChoice(), root)["name"] == "theirs"


def test_a_folder_of_sources_is_never_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE, encoding="utf-8")
    with pytest.raises(PipelineError, match=r"^There is no pipeline to test: .* name a folder of source files"):
        load(PipelineChoice(), tmp_path)
