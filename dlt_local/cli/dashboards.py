"""`dlt-local dashboard`: the dashboards of a bundle as HTML pages of the local tables."""

# Typer reads these annotations at run time, so they are not postponed.
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlt_local.cli.options import DEFAULT_STATE, Debug, State, Target
from dlt_local.errors import PipelineError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlt_local.lakeview.render import Rendered
    from dlt_local.project.dashboards import DashboardSpec

_SUFFIX = ".lvdash.json"

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...",
        help="Keys of dashboards in the bundle around this folder, or paths of .lvdash.json files.",
        show_default="every dashboard of the bundle",
    ),
]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder for the pages.", show_default="dashboards in the state"),
]


def dashboard(
    names: Names = None,
    *,
    state: State = DEFAULT_STATE,
    out: OutFolder = None,
    target: Target = None,
    _debug: Debug = False,
) -> None:
    """Make a page of each dashboard from the local tables: one HTML file that needs no network.

    Prints the path of each page. Ends with 0 if they show every widget, 1 if a page says of some widget why it is not
    shown, such as a table that is not there, and 2 if there is nothing to make a page of.
    """
    from dlt_local.lakeview.render import rendered
    from dlt_local.show.stored_tables import require_tables

    require_tables(state)
    folder = out or state / "dashboards"
    complete = True
    for chosen in _chosen(names or [], target):
        page = rendered(chosen, state, now=datetime.now(UTC))
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{chosen.name}.html"
        file.write_text(page.html, encoding="utf-8")
        typer.echo(str(file))
        complete = complete and not page.problems
        _tell(chosen.name, page)
    raise typer.Exit(0 if complete else 1)


def _tell(name: str, page: "Rendered") -> None:
    if not page.problems:
        return
    typer.echo(f"{name}: {len(page.problems)} of {page.widgets} widgets are not shown", err=True)
    if page.missing_tables:
        typer.echo(f"  tables that are not there: {', '.join(page.missing_tables)}", err=True)
    for problem in page.problems:
        if not any(f"no table {table} here" in problem for table in page.missing_tables):
            typer.echo(f"  {problem}", err=True)


def _chosen(names: "Sequence[str]", target: str | None) -> "list[DashboardSpec]":
    defined = _of_the_bundle(target, required=not names or not all(name.endswith(_SUFFIX) for name in names))
    if not names:
        return list(defined.values())
    return [_one(name, defined) for name in names]


def _of_the_bundle(target: str | None, *, required: bool) -> "dict[str, DashboardSpec]":
    from dlt_local.project.bundle import find_bundle_root
    from dlt_local.project.dashboards import load_dashboards

    root = find_bundle_root(Path.cwd())
    if root is None:
        if required:
            raise PipelineError(
                f"No bundle around {Path.cwd()}", remedy=f"Start in a bundle, or name a {_SUFFIX} file."
            )
        return {}
    defined = {spec.name: spec for spec in load_dashboards(root, target=target)}
    if required and not defined:
        raise PipelineError(f"The bundle in {root} defines no dashboard", remedy=f"Name a {_SUFFIX} file.")
    return defined


def _one(name: str, defined: "dict[str, DashboardSpec]") -> "DashboardSpec":
    from dlt_local.project.dashboards import DashboardSpec

    if not name.endswith(_SUFFIX):
        if name not in defined:
            known = ", ".join(defined)
            raise PipelineError(f"The bundle has no dashboard '{name}'; it has {known}", remedy=nearest(name, defined))
        return defined[name]
    file = Path(name).resolve()
    if not file.is_file():
        raise PipelineError(f"No file {file}")
    # The bundle knows which schema the file's tables are in.
    found = next((spec for spec in defined.values() if spec.file == file), None)
    own = file.name.removesuffix(_SUFFIX)
    return found or DashboardSpec(name=own, title=own, file=file, catalog=None, schema=None)
