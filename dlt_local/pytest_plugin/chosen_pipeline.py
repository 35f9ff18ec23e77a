"""Which pipeline of a repository the tests run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.bundle import bundle_file, find_bundle_root
from dlt_local.project.bundle_pipeline import load_pipeline
from dlt_local.project.folder import open_source_file, pipeline_from_folder, pipeline_from_open_source_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.project.spec import PipelineSpec


@dataclass(frozen=True, slots=True)
class PipelineChoice:
    """A path, and of a bundle the pipeline's key and the target; without a path, what lies in `root` is taken."""

    path: Path | None = None
    name: str | None = None
    target: str | None = None
    root: Path = Path()

    def or_else(self, other: PipelineChoice) -> PipelineChoice:
        """This choice, completed by another."""
        return replace(
            self, path=self.path or other.path, name=self.name or other.name, target=self.target or other.target
        )

    def below(self, root: Path) -> PipelineChoice:
        """The same choice in a repository; a relative path is one of that folder."""
        return replace(self, root=root, path=root / self.path if self.path else None)

    def load(self, *, landing: Path, settings: Mapping[str, str]) -> PipelineSpec:
        """The pipeline with these settings; without a bundle the setting `landing` names the landing folder."""
        bundle = self._bundle()
        if bundle is not None:
            return load_pipeline(
                bundle_root=bundle,
                pipeline=self.name,
                target=self.target,
                landing=landing,
                settings=settings,
                landing_required=False,
            )
        self._refuse_choices_of_a_bundle()
        settings = {"landing": str(landing), **settings}
        place = self.path or self.root
        file = open_source_file(place) if place.is_dir() else place if place.suffix in {".yml", ".yaml"} else None
        if file is not None:
            return pipeline_from_open_source_file(file, settings=settings)
        if self.path is None:
            raise PipelineError(
                f"There is no pipeline to test: {self.root} has no databricks.yml and no spark-pipeline.yml",
                remedy="Write one with pipeline.source(name, code), or name a folder of source files by the pytest"
                " option dlt_local_pipeline.",
            )
        return pipeline_from_folder(self.path, settings=settings)

    def _bundle(self) -> Path | None:
        if self.path is None:
            return None if open_source_file(self.root) else find_bundle_root(self.root)
        folder = self.path.parent if self.path.is_file() else self.path
        file = bundle_file(folder)
        return folder if file and self.path in {folder, file} else None

    def _refuse_choices_of_a_bundle(self) -> None:
        for option, value in (("name", self.name), ("target", self.target)):
            if value is not None:
                raise PipelineError(f"The {option} '{value}' was chosen, but only pipelines of a bundle have one")
