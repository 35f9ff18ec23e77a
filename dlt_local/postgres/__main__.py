"""`python -m dlt_local.postgres`: a server in the foreground until Ctrl-C or SIGTERM; `make postgres` calls it."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from dlt_local.errors import PipelineError
from dlt_local.postgres.server import DATABASE, HOST, running_server

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Start a server and wait; 1 if it cannot start or ends by itself."""
    chosen = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    try:
        with running_server(chosen.data, port=chosen.port) as server:
            login = f"PGHOST={HOST} PGPORT={server.port} PGDATABASE={DATABASE} PGUSER={server.user}"
            print(f"PostgreSQL listens on {HOST}:{server.port}; its data is in {chosen.data}", flush=True)
            print(f"  export {login} PGPASSWORD=$(cat {chosen.data.absolute() / 'password'})", flush=True)
            server.process.wait()
            sys.stderr.write(f"PostgreSQL has ended by itself. See {server.log}.\n")
    except PipelineError as error:
        sys.stderr.write(f"{error}\n")
    return 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m dlt_local.postgres", description="A PostgreSQL server on this machine.")
    parser.add_argument("--data", type=Path, default=Path(".postgres"), help="folder of all data (default .postgres)")
    parser.add_argument("--port", type=int, help=f"port on {HOST} (default: a free one)")
    return parser


def _end(number: int, frame: object) -> NoReturn:  # noqa: ARG001 # as Python calls it
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
