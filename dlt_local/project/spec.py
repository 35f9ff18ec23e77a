"""What the runtime needs to know about one pipeline, with every reference resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """One pipeline, ready to run: names are plain identifiers and paths are absolute."""

    name: str
    catalog: str
    schema: str
    root_path: Path
    source_files: tuple[Path, ...]
    configuration: Mapping[str, str]
    defined_in: Path
    continuous: bool = False
