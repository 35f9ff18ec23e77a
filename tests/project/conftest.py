"""A small bundle on disk that a test may change before it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MAIN = """\
bundle:
  name: gyms
include:
  - resources/*.yml
variables:
  catalog:
    description: Where tables live
    default: shared
  gap:
    default: 60
  sp:
    description: known to the workspace only
targets:
  dev:
    default: true
    mode: development
    variables:
      catalog: fitness
  prod:
    mode: production
    variables:
      catalog: {default: "${bundle.name}_${bundle.target}"}
    resources:
      pipelines:
        lakehouse:
          configuration:
            gyms.gap: "90"
"""

PIPELINE = """\
resources:
  pipelines:
    lakehouse:
      name: Lakehouse
      catalog: ${var.catalog}
      schema: ${resources.schemas.silver.name}
      serverless: true
      root_path: ../src
      libraries:
        - glob: {include: ../src/bronze/**}
        - glob: {include: ../src/gold/one.py}
      environment: {dependencies: ["--editable ${workspace.file_path}"]}
      notifications: [{email_recipients: ["${var.sp}"], alerts: [on-update-failure]}]
      configuration:
        gyms.landing: ${resources.volumes.landing.volume_path}/in
        gyms.gold: ${resources.schemas.gold.name}
        gyms.gap: ${var.gap}
        gyms.quoted: "yes"
        gyms.flag: true
        gyms.root: ${workspace.file_path}
"""

SCHEMAS = """\
resources:
  schemas:
    silver: {catalog_name: "${var.catalog}", name: silver}
    gold: {catalog_name: "${var.catalog}", name: "${resources.schemas.silver.name}_gold"}
  volumes:
    landing: {catalog_name: "${var.catalog}", schema_name: bronze, name: landing, volume_type: MANAGED}
"""

SOURCES: tuple[str, ...] = (
    "src/bronze/b.py",
    "src/bronze/deep/a.py",
    "src/bronze/notes.txt",
    "src/gold/one.py",
    "src/gold/two.py",
    "src/bronze/__pycache__/b.py",
    "src/bronze/.hidden/c.py",
)

WriteBundle = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write_bundle(tmp_path: Path) -> WriteBundle:
    """Write the bundle with some files replaced, and give its folder."""

    def write(replaced: Mapping[str, str]) -> Path:
        files = {"databricks.yml": MAIN, "resources/p.pipeline.yml": PIPELINE, "resources/s.schema.yml": SCHEMAS}
        for name, text in {**files, **dict.fromkeys(SOURCES, ""), **replaced}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "landing/in").mkdir(parents=True)
        return tmp_path

    return write
