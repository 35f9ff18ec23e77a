"""Rules about the files that a deployment uploads."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from dlt_local.project.yaml_nodes import Scalar
from dlt_local.source_location import SourceLocation
from tests.bundle.lint.findings import Finding
from tests.bundle.tree import items_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.bundle.lint.view import View

_NEVER = re.compile(
    r"^(tests|fixtures|dlt_local|simulator|docs|benchmarks|\.github)/|(^|/)\.env|\.(pem|key|jks|p12|pfx|keytab)$"
)
_NEEDED = ("dlt_pipelines", "jobs")


def sync_pattern_matches(view: View) -> Iterator[Finding]:
    """A pattern of `sync` matches a file; `validate --strict` refuses one that does not."""
    files = local_files(view.root)
    for field in ("exclude", "include"):
        for pattern in items_at(view.merged, "sync", field):
            if isinstance(pattern, Scalar) and not any(matches(pattern.text.lstrip("!"), file) for file in files):
                what = f"sync.{field} '{pattern.text}' matches no file"
                yield Finding("sync-pattern-matches", pattern.where, what, "Remove it or correct it.")


def production_gets_sources_only(view: View) -> Iterator[Finding]:
    """Production gets no tests, no fixtures, nothing of the local runtime, and no key file."""
    if view.target != "prod":
        return
    for folder, file in _first_of_each_folder(uploaded(view)):
        if _NEVER.search(file):
            what = f"A deployment uploads {file}"
            yield Finding("production-gets-sources-only", view.merged.where, what, f"Exclude {folder}.")


def sources_uploaded(view: View) -> Iterator[Finding]:
    """What resources name in the workspace is uploaded there."""
    files = set(uploaded(view))
    for folder in _NEEDED:
        missing = [file for file in local_files(view.root) if file.startswith(f"{folder}/") and file not in files]
        if missing:
            what = f"sync leaves out {missing[0]}"
            yield Finding("sources-uploaded", view.merged.where, what, f"Do not exclude anything in {folder}.")


def name_plain(view: View) -> Iterator[Finding]:
    """Names of uploaded files are plain ASCII: others arrive under another name, or not at all."""
    for file in uploaded(view):
        if not file.isascii():
            what = f"A deployment uploads {file!a}"
            yield Finding("name-plain", SourceLocation(str(view.root / file), 1), what, "Rename the file.")


def _first_of_each_folder(files: Sequence[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for file in files:
        head, slash, _ = file.partition("/")
        name = f"{head}/**" if slash else head
        if name not in seen or "." in file.rpartition("/")[2][:1]:
            seen.add(name)
            yield name, file


def uploaded(view: View) -> list[str]:
    """The files that a deployment of the target uploads, relative to the bundle."""
    excluded = [item.text for item in items_at(view.merged, "sync", "exclude") if isinstance(item, Scalar)]
    included = [item.text for item in items_at(view.merged, "sync", "include") if isinstance(item, Scalar)]
    return [
        file
        for file in local_files(view.root)
        if not any(matches(pattern, file) for pattern in excluded) or any(matches(p, file) for p in included)
    ]


def local_files(root: Path) -> list[str]:
    """Every file that git does not ignore; in a folder without git every file."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
        return sorted(name for name in set(names) if name and (root / name).is_file())
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def matches(pattern: str, file: str) -> bool:
    """Whether a pattern in the language of .gitignore matches a file or a folder above it."""
    anchored = "/" in pattern.rstrip("/")
    body = "".join(_part(part) for part in re.split(r"(/\*\*/|\*\*/|/\*\*|\*|\?)", pattern.strip("/")))
    prefix = "" if anchored else r"(?:.*/)?"
    return re.fullmatch(f"{prefix}{body}(?:/.*)?", file) is not None


def _part(text: str) -> str:
    known = {"/**/": r"/(?:.*/)?", "**/": r"(?:.*/)?", "/**": r"/.*", "*": r"[^/]*", "?": r"[^/]"}
    return known.get(text, re.escape(text))
