"""Command lines whose errors are one line on standard error and an exit code."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from dlt_local.errors import PipelineError, first_line

if TYPE_CHECKING:
    from typing import NoReturn

NOT_STARTED = 2
_BROKEN = 1
_DEBUG = "dlt_local.debug"


class CommandGroup(TyperGroup):
    """Commands whose expected errors are one line each; a traceback is only shown on request."""

    def invoke(self, ctx: Any) -> Any:  # noqa: D102 - typer documents it
        try:
            return super().invoke(ctx)
        except (typer.TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except PipelineError as error:
            _end(ctx, str(error), NOT_STARTED)
        except OSError as error:
            _end(ctx, _system_message(error), NOT_STARTED)
        except KeyboardInterrupt:
            _end(ctx, "Interrupted", NOT_STARTED)
        except Exception as error:  # noqa: BLE001 - the last resort against a traceback
            name = type(error).__name__
            _end(ctx, f"Internal error, {name}: {first_line(error)}. --debug shows where.", _BROKEN)


def command_app(description: str) -> typer.Typer:
    """A command line without commands yet, which fails and helps like all of this repository."""
    return typer.Typer(
        cls=CommandGroup,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # usage errors as one plain line, and help without loading rich
        help=description,
    )


def show_traceback(ctx: typer.Context, value: bool) -> bool:  # noqa: FBT001 - typer calls it so
    """Remember --debug for the whole process."""
    if value:
        ctx.find_root().meta[_DEBUG] = True
    return value


def _end(ctx: typer.Context, message: str, code: int) -> NoReturn:
    if ctx.find_root().meta.get(_DEBUG):
        traceback.print_exc(file=sys.stderr)
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(code)


def _system_message(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
