"""Options that several commands share."""

# Typer reads these annotations at run time, so they are not postponed.
from pathlib import Path
from typing import Annotated

import typer

from dlt_local.cli.failures import show_traceback

DEFAULT_STATE = Path(".dlt_local")

SourcePath = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]",
        help="A bundle's folder, a folder of source files or one source file. Default: the bundle around this folder.",
    ),
]
PipelineName = Annotated[
    str | None, typer.Option("--pipeline", help="Key of the pipeline in the bundle, if it has several.")
]
State = Annotated[Path, typer.Option(help="Folder of tables, checkpoints and event log.")]
OptionalState = Annotated[
    Path | None,
    typer.Option("--state", help="Folder of tables, checkpoints and event log.", show_default=str(DEFAULT_STATE)),
]
Landing = Annotated[
    Path | None,
    typer.Option(help="Local folder of the bundle's landing volume.", show_default="landing in the bundle"),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a configuration key; repeatable.")
]
Target = Annotated[str | None, typer.Option(help="Target of the bundle.", show_default="its default target")]
SpecFile = Annotated[
    Path | None, typer.Option("--spec", help="An open-source pipeline file (spark-pipeline.yml) instead of PATH.")
]
Debug = Annotated[
    bool, typer.Option("--debug", envvar="DLT_LOCAL_DEBUG", callback=show_traceback, help="Show tracebacks of errors.")
]
