"""Every mistake in a bundle is one line with the file and line where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from dlt_local.project import load_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    WriteBundle = Callable[[Mapping[str, str]], Path]

_MAIN = "include: [resources/*.yml]\n"


def _error(root: Path, *, pipeline: str | None = None, target: str | None = None) -> str:
    with pytest.raises(PipelineError) as caught:
        load_pipeline(bundle_root=root, pipeline=pipeline, target=target)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{root}/", "")


def _pipeline(line: str) -> str:
    """A pipeline whose sixth line is the one under test."""
    fields = {"catalog": "catalog: c", "libraries": "libraries: [{glob: {include: ../src/gold/**}}]"}
    fields[line.partition(":")[0]] = line
    under_test = fields.pop(line.partition(":")[0])
    others = list(fields.values())
    lines = [*others, *["serverless: true", "channel: CURRENT"][: 2 - len(others)], under_test]
    return "resources:\n  pipelines:\n    p:\n" + "".join(f"      {text}\n" for text in lines)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("catalogue: c", "Pipeline 'p' has no field 'catalogue'. Did you mean 'catalog'?"),
        ("catalog: ${var.catlog}", "Reference '${var.catlog}' is not defined in the bundle. Did you mean 'catalog'?"),
        ("catalog: ${var.sp}", "Variable 'sp' has no value for local runs. Give it a default, or set BUNDLE_VAR_sp."),
        (
            "catalog: my-cat",
            "'my-cat' cannot be a catalog name. Use letters, digits and underscores, with no digit at the start.",
        ),
        ("catalog: [c]", "'catalog' must be a single value, not a list"),
        (
            "schema: 1x",
            "'1x' cannot be a schema name. Use letters, digits and underscores, with no digit at the start.",
        ),
        (
            "schema: ${resources.schemas.silvr.name}",
            "Reference '${resources.schemas.silvr.name}' is not defined in the bundle. Did you mean 'silver'?",
        ),
        (
            "schema: ${resources.schemas.silver.nam}",
            "Reference '${resources.schemas.silver.nam}' is not defined in the bundle. Did you mean 'name'?",
        ),
        ("schema: ${workspace.host}", "'${workspace.host}' exists only in a workspace. "),
        (
            "configuration: {x: '${resources.pipelines.p.id}'}",
            "'${resources.pipelines.p.id}' exists only in a workspace. ",
        ),
        (
            "configuration: {x: '${resources.volumes.landng.volume_path}'}",
            "Reference '${resources.volumes.landng.volume_path}' is not defined in the bundle. Did you mean 'landing'?",
        ),
        ("configuration: {x: [1]}", "'configuration.x' must be a single value, not a list"),
        ("configuration: {x: }", "'configuration.x' must be a single value, not nothing"),
        ("configuration: [x]", "'configuration' must be keys with values, not a list"),
        ("configuration: {x: 1, x: 2}", "Key 'x' stands here twice (first in line 6)"),
        ("continuous: maybe", "'continuous' must be true or false, not 'maybe'"),
        ("root_path: ../nowhere", "root_path '../nowhere': no folder nowhere"),
        (
            "libraries: [{glob: {include: ../src/nothing/**}}]",
            "'../src/nothing/**' hits nothing: no folder src/nothing",
        ),
        ("libraries: [{glob: {include: ../docs/**}}]", "'../docs/**' hits nothing: no .py or .sql file below "),
        (
            "libraries: [{glob: {include: ../src/gold/no.py}}]",
            "'../src/gold/no.py' hits nothing: no file src/gold/no.py",
        ),
        (
            "libraries: [{glob: {include: ../src/gold}}]",
            "'../src/gold' is a folder. For all files below it write '../src/gold/**'.",
        ),
        ("libraries: [{glob: {include: ../src/*.py}}]", "Wildcards in '../src/*.py'. "),
        ("libraries: [{glob: {includ: ../src/**}}]", "'glob' has no field 'includ'. Did you mean 'include'?"),
        (
            "libraries: [{globs: {include: ../src/**}}]",
            "A library of Pipeline 'p' has no field 'globs'. Did you mean 'glob'?",
        ),
        ("libraries: [{notebook: {path: ../src/a}}]", "Libraries of kind 'notebook' do not run locally. Use 'glob'."),
        (
            "libraries: [{file: {path: ../src/bronze/notes.txt}}]",
            "'../src/bronze/notes.txt' is not a Python or",
        ),
    ],
)
def test_a_mistake_in_a_pipeline_names_its_line(write_bundle: WriteBundle, line: str, message: str) -> None:
    main = _MAIN + "variables: {catalog: {default: c}, sp: }\n"
    files = {"databricks.yml": main, "resources/p.pipeline.yml": _pipeline(line), "docs/x.md": ""}
    assert _error(write_bundle(files)).startswith(f"resources/p.pipeline.yml:6: {message}")


def test_a_circle_of_references_is_named_where_it_closes(write_bundle: WriteBundle) -> None:
    main = f"{_MAIN}variables:\n  a: {{default: '${{var.b}}'}}\n  b: {{default: '${{var.a}}'}}\n"
    root = write_bundle({"databricks.yml": main, "resources/p.pipeline.yml": _pipeline("catalog: ${var.a}")})
    assert _error(root) == "databricks.yml:4: References go round in a circle: var.a -> var.b -> var.a"


def test_a_pipeline_without_catalog_or_sources(write_bundle: WriteBundle) -> None:
    text = "resources:\n  pipelines:\n    p:\n      {}\n"
    root = write_bundle({"databricks.yml": _MAIN, "resources/p.pipeline.yml": text.format("schema: s")})
    assert _error(root) == "resources/p.pipeline.yml:3: Pipeline 'p' has no 'catalog'"
    (root / "resources/p.pipeline.yml").write_text(text.format("catalog: c"))
    assert _error(root) == (
        "resources/p.pipeline.yml:3: Pipeline 'p' has no source files. "
        "Name its source files under 'libraries', as 'glob: {include: path/**}'."
    )


def test_a_resource_defined_twice_names_both_places(write_bundle: WriteBundle) -> None:
    again = "resources:\n  pipelines:\n    other: {catalog: c}\n    lakehouse: {catalog: c}\n"
    root = write_bundle({"resources/z.pipeline.yml": again})
    assert _error(root) == (
        "resources/z.pipeline.yml:4: Resource 'pipelines.lakehouse' is defined already in resources/p.pipeline.yml:3"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bundle:\n  name: [x\n", "databricks.yml:3: Not valid YAML: "),
        (
            "bundle: {name: x}\nbundle: {name: y}\n",
            "databricks.yml:2: Key 'bundle' stands here twice (first in line 1)",
        ),
        ("- a\n- b\n", "databricks.yml:1: Expected keys with values at the top of the file"),
        (
            "a: !!python/name:os.system x\ninclude: nope\n",
            "databricks.yml:2: 'include' must be a list, not a single value",
        ),
        ("x: &x\n  y: *x\n", "databricks.yml:2: An alias refers to the value that contains it"),
        ("? [a, b]\n: c\n", "databricks.yml:1: A key must be a single value"),
        ("x: {<<: 1}\n", "databricks.yml:1: '<<' takes a mapping or a list of mappings"),
        ("include: [resources/none.yml]\n", "databricks.yml:1: Included file 'resources/none.yml' does not exist in "),
        ("include: [/etc/*.yml]\n", "databricks.yml:1: '/etc/*.yml' is no pattern below "),
        ("bundle: {name: x}\n", "databricks.yml defines no pipeline. Check that 'include' names its resource files."),
        ("", "databricks.yml defines no pipeline. "),
        ("targets: {a: , b: }\n", "databricks.yml:1: No single default target among a, b. "),
        ("targets: {a: {default: 3}}\n", "databricks.yml:1: 'default' must be true or false, not '3'"),
    ],
)
def test_a_mistake_in_the_bundle_file(write_bundle: WriteBundle, text: str, message: str) -> None:
    assert _error(write_bundle({"databricks.yml": text})).startswith(message)


def test_unknown_names_on_the_command_line(write_bundle: WriteBundle) -> None:
    root = write_bundle({})
    assert _error(root, target="prd") == "databricks.yml has no target 'prd'; it has dev, prod. Did you mean 'prod'?"
    assert _error(root, pipeline="lakehose") == (
        "databricks.yml has no pipeline 'lakehose'; it has lakehouse. Did you mean 'lakehouse'?"
    )


def test_of_several_volumes_only_landing_is_local(write_bundle: WriteBundle) -> None:
    volumes = "resources:\n  volumes:\n    landing: {}\n    other: {}\n"
    pipeline = _pipeline(
        "configuration: {x: '${resources.volumes.landing.volume_path} ${resources.volumes.other.volume_path}'}"
    )
    root = write_bundle(
        {"databricks.yml": _MAIN, "resources/s.schema.yml": volumes, "resources/p.pipeline.yml": pipeline}
    )
    assert _error(root) == (
        "resources/p.pipeline.yml:6: Only the volume 'landing' has a local folder. "
        "Set the configuration key that uses it by --set key=value."
    )


def test_an_unreadable_file_and_a_binary_one(write_bundle: WriteBundle) -> None:
    root = write_bundle({})
    (root / "resources/x.yml").write_bytes(b"\xff\xfe\x00")
    assert _error(root) == "resources/x.yml is not a UTF-8 text file"
    (root / "resources/x.yml").write_bytes(b"a: \x00\n")
    assert _error(root).startswith("resources/x.yml is not valid YAML: ")


def test_a_folder_without_a_bundle(tmp_path: Path) -> None:
    assert _error(tmp_path).startswith(f"No databricks.yml in {tmp_path}. Start in the bundle's folder")
