"""A pipeline of a bundle, read for this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from dlt_local.project import PipelineSpec, load_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    WriteBundle = Callable[[Mapping[str, str]], Path]


def test_the_default_target_gives_the_whole_spec(write_bundle: WriteBundle) -> None:
    root = write_bundle({})
    assert load_pipeline(bundle_root=root) == PipelineSpec(
        name="lakehouse",
        catalog="fitness",
        schema="silver",
        root_path=root / "src",
        source_files=(root / "src/bronze/b.py", root / "src/bronze/deep/a.py", root / "src/gold/one.py"),
        configuration={
            "gyms.landing": f"{root}/landing/in",
            "gyms.gold": "silver_gold",
            "gyms.gap": "60",
            "gyms.quoted": "yes",
            "gyms.flag": "true",
            "gyms.root": str(root),
        },
        defined_in=root / "resources/p.pipeline.yml",
        continuous=False,
    )


def test_another_target_replaces_variables_and_merges_resources(write_bundle: WriteBundle) -> None:
    spec = load_pipeline(bundle_root=write_bundle({}), target="prod")
    assert spec.catalog == "gyms_prod"
    assert spec.configuration["gyms.gap"] == "90"
    assert spec.configuration["gyms.gold"] == "silver_gold"


def test_settings_replace_configuration_before_references_are_looked_at(write_bundle: WriteBundle) -> None:
    pipeline = PIPELINE_WITH_CONFIGURATION.format("{a: '${var.nowhere}', b: '1'}")
    root = write_bundle({"resources/p.pipeline.yml": pipeline})
    spec = load_pipeline(bundle_root=root, settings={"a": "given", "c": "new"})
    assert spec.configuration == {"a": "given", "b": "1", "c": "new"}


def test_the_landing_folder_is_what_the_command_line_gives(write_bundle: WriteBundle, tmp_path: Path) -> None:
    (tmp_path / "elsewhere/in").mkdir(parents=True)
    spec = load_pipeline(bundle_root=write_bundle({}), landing=tmp_path / "elsewhere")
    assert spec.configuration["gyms.landing"] == f"{tmp_path}/elsewhere/in"


def test_a_missing_landing_folder_says_what_to_do(write_bundle: WriteBundle) -> None:
    root = write_bundle({})
    (root / "landing/in").rmdir()
    with pytest.raises(PipelineError, match=r"Landing folder .*/landing is empty. Put files there"):
        load_pipeline(bundle_root=root)
    (root / "landing").rmdir()
    with pytest.raises(PipelineError) as caught:
        load_pipeline(bundle_root=root)
    assert str(caught.value) == (
        f"{root}/resources/p.pipeline.yml:15: Volume 'landing' has no local folder yet. "
        "Give the folder by --landing DIR."
    )
    with pytest.raises(PipelineError, match=r"Landing folder .*/nowhere does not exist"):
        load_pipeline(bundle_root=root, landing=root / "nowhere")
    with pytest.raises(PipelineError, match=r"Landing folder .*/databricks.yml is not a folder"):
        load_pipeline(bundle_root=root, landing=root / "databricks.yml")
    spec = load_pipeline(bundle_root=root, landing_required=False)
    assert spec.configuration["gyms.landing"] == f"{root}/landing/in"


def test_a_variable_may_come_from_the_environment(write_bundle: WriteBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUNDLE_VAR_gap", "5")
    assert load_pipeline(bundle_root=write_bundle({})).configuration["gyms.gap"] == "5"


def test_a_lone_reference_may_stand_for_a_mapping(write_bundle: WriteBundle) -> None:
    variables = "variables: {conf: {type: complex, default: {a: '${bundle.target}'}}}\n"
    bundle = f"bundle: {{name: x}}\ninclude: [resources/*.yml]\n{variables}"
    pipeline = PIPELINE_WITH_CONFIGURATION.format("${var.conf}")
    root = write_bundle({"databricks.yml": bundle, "resources/p.pipeline.yml": pipeline})
    (root / "resources/s.schema.yml").unlink()
    assert load_pipeline(bundle_root=root).configuration == {"a": "default"}


def test_yaml_anchors_and_merge_keys_work(write_bundle: WriteBundle) -> None:
    text = PIPELINE_WITH_CONFIGURATION.format("{<<: [&base {a: '1', b: '2'}, {c: '3'}], b: '4'}")
    spec = load_pipeline(bundle_root=write_bundle({"resources/p.pipeline.yml": text}))
    assert spec.configuration == {"a": "1", "b": "4", "c": "3"}


TWO = """\
resources:
  pipelines:
    live: {{catalog: c, continuous: {live}, libraries: [{{file: {{path: ../src/gold/one.py}}}}]}}
    batch: {{catalog: c, libraries: [{{file: {{path: ../src/gold/two.py}}}}]}}
"""


def test_without_a_name_the_one_that_is_not_continuous_is_meant(write_bundle: WriteBundle) -> None:
    root = write_bundle({"resources/p.pipeline.yml": TWO.format(live="true")})
    (root / "databricks.yml").write_text("include: [resources/*.yml]\n")
    assert load_pipeline(bundle_root=root).name == "batch"
    live = load_pipeline(bundle_root=root, pipeline="live")
    assert (live.continuous, live.schema, live.root_path) == (True, "default", root)


def test_without_a_name_several_candidates_are_an_error(write_bundle: WriteBundle) -> None:
    root = write_bundle({"resources/p.pipeline.yml": TWO.format(live="false")})
    (root / "databricks.yml").write_text("include: [resources/*.yml]\n")
    with pytest.raises(PipelineError, match=r"has the pipelines live, batch. Choose one by --pipeline NAME\."):
        load_pipeline(bundle_root=root)


def test_without_a_name_the_one_that_is_called_like_the_bundle_is_meant(write_bundle: WriteBundle) -> None:
    root = write_bundle({"resources/p.pipeline.yml": TWO.format(live="false")})
    (root / "databricks.yml").write_text("bundle: {name: live}\ninclude: [resources/*.yml]\n")
    assert load_pipeline(bundle_root=root).name == "live"


OF_SOME_TARGETS = """\
targets:
  dev: &trial
    resources:
      volumes:
        trial_landing: {catalog_name: c, schema_name: bronze, name: trial_landing}
      pipelines:
        trial:
          catalog: ${var.catalog}
          libraries: [{glob: {include: ../src/bronze/**}}]
          configuration: {landing: "${resources.volumes.trial_landing.volume_path}"}
  staging: *trial
"""


def test_a_pipeline_of_some_targets_with_a_volume_of_its_own(write_bundle: WriteBundle, tmp_path: Path) -> None:
    root = write_bundle({"resources/trial.pipeline.yml": OF_SOME_TARGETS})
    for target, catalog in {"dev": "fitness", "staging": "shared"}.items():
        spec = load_pipeline(bundle_root=root, pipeline="trial", target=target)
        assert (spec.catalog, spec.configuration) == (catalog, {"landing": f"{tmp_path}/landing"})
    with pytest.raises(PipelineError, match="has no pipeline 'trial'; it has lakehouse"):
        load_pipeline(bundle_root=root, pipeline="trial", target="prod")


PIPELINE_WITH_CONFIGURATION = """\
resources:
  pipelines:
    lakehouse:
      catalog: c
      libraries: [{{glob: {{include: ../src/gold/**}}}}]
      configuration: {}
"""
