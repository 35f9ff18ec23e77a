"""Which pipeline the command line means, and where its state lies by default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dlt_local.cli.options import DEFAULT_STATE
from dlt_local.errors import PipelineError
from dlt_local.project.bundle import bundle_file, find_bundle_root
from dlt_local.project.bundle_pipeline import load_pipeline
from dlt_local.project.folder import (
    open_source_file,
    pipeline_from_folder,
    pipeline_from_open_source_file,
    storage_folder,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.project.spec import PipelineSpec


@dataclass(frozen=True, slots=True)
class PipelineSource:
    """The parts of a command line that choose and configure a pipeline."""

    path: Path | None = None
    spec_file: Path | None = None
    pipeline: str | None = None
    target: str | None = None
    landing: Path | None = None
    settings: Sequence[str] | None = None

    def load(self, *, landing_required: bool) -> PipelineSpec:
        """The pipeline; only an update needs the landing folder to exist."""
        settings = pairs(self.settings or ())
        root = self._bundle_root()
        if root is not None:
            return load_pipeline(
                bundle_root=root,
                pipeline=self.pipeline,
                landing=self.landing,
                settings=settings,
                target=self.target,
                landing_required=landing_required,
            )
        self._refuse_options_of_a_bundle()
        file = self._open_source_file()
        if file is not None:
            return pipeline_from_open_source_file(file, settings=settings)
        return pipeline_from_folder(self._folder(), settings=settings)

    def state(self, given: Path | None) -> Path:
        """The state folder: as given, else the storage of an open-source pipeline file, else `.dlt_local`."""
        if given is not None:
            return given
        file = None if self._bundle_root() else self._open_source_file()
        return (storage_folder(file) if file else None) or DEFAULT_STATE

    def _bundle_root(self) -> Path | None:
        if self.spec_file is not None:
            return None
        if self.path is None:
            return find_bundle_root(Path.cwd())
        folder = self.path.parent if self.path.is_file() else self.path
        file = bundle_file(folder)
        return folder if file and self.path in {folder, file} else None

    def _open_source_file(self) -> Path | None:
        if self.spec_file is not None:
            return self.spec_file
        place = self.path or Path.cwd()
        return open_source_file(place) if place.is_dir() else place if place.suffix in {".yml", ".yaml"} else None

    def _folder(self) -> Path:
        if self.path is None:
            remedy = "Start in the bundle's folder, or give a folder of source files."
            raise PipelineError(f"No databricks.yml in {Path.cwd()} or above", remedy=remedy)
        return self.path

    def _refuse_options_of_a_bundle(self) -> None:
        for name in ("pipeline", "target", "landing"):
            if getattr(self, name) is not None:
                raise typer.BadParameter("only a bundle has one; configure by --set KEY=VALUE", param_hint=f"--{name}")


def pairs(settings: Sequence[str]) -> Mapping[str, str]:
    """The keys and values of `--set KEY=VALUE`."""
    parts = [setting.partition("=") for setting in settings]
    for key, separator, _ in parts:
        if not separator or not key.strip():
            raise typer.BadParameter(f"'{key}' is not KEY=VALUE", param_hint="--set")
    return {key.strip(): value for key, _, value in parts}
