"""Which rule files a report takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlt_local.quality.rule_files import RuleBook

_FOLDER = "rules"


def rule_book(given: Path | None, pipeline: str | None) -> RuleBook | None:
    """The rule files of a folder; by default those of the pipeline in the bundle around this folder, if it has some."""
    from dlt_local.project.bundle import find_bundle_root
    from dlt_local.quality.rule_files import read_rule_files

    bundle = find_bundle_root(Path.cwd())
    folder = given or (_of_pipeline(bundle, pipeline) if bundle and pipeline else None)
    return read_rule_files(folder, relative_to=bundle) if folder else None


def _of_pipeline(bundle: Path, pipeline: str) -> Path | None:
    from dlt_local.project.bundle_pipeline import pipeline_folder

    # In a workspace, a target for development puts `[dev <user>]` before the name.
    root = pipeline_folder(bundle, pipeline.rpartition(" ")[2])
    folder = root / _FOLDER if root else None
    return folder if folder and folder.is_dir() else None
