"""A real PostgreSQL server on this machine, with a password, from the installed binaries."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
USER = "fitness"
DATABASE = "postgres"
BINARIES = "DLT_LOCAL_POSTGRES"
_DEBIAN = Path("/usr/lib/postgresql")
_START_SECONDS = 60
_STOP_SECONDS = 30
_RETRY_SECONDS = 0.05
_ACCOUNTS = ("postgres", "nobody")


class ServerError(PipelineError):
    """PostgreSQL is not installed here, or does not start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its superuser logs in by password, from this machine only."""

    port: int
    user: str
    password: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def jdbc_url(self) -> str:
        """Of the database that every server has."""
        return f"jdbc:postgresql://{HOST}:{self.port}/{DATABASE}"

    @property
    def conninfo(self) -> str:
        """The same for clients of libpq, with user and password."""
        return f"host={HOST} port={self.port} dbname={DATABASE} user={self.user} password={self.password}"

    def stop(self) -> None:
        """Ends it in order, with all sessions."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def binaries() -> Path:
    """The folder of initdb and postgres; ServerError with the remedy if there is none."""
    named, found = os.environ.get(BINARIES), shutil.which("initdb")
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))])
    candidates = [Path(named)] if named else [*reversed(folders), *([Path(found).parent] if found else [])]
    for folder in candidates:
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    message = f"There is no PostgreSQL in {named}" if named else "PostgreSQL is not installed here"
    raise ServerError(message, remedy=f"Install it (Debian: postgresql), or name the folder of initdb by {BINARIES}.")


@contextmanager
def running_server(folder: Path, *, port: int | None = None) -> Iterator[Server]:
    """A server that keeps its data in `folder`, on a free port unless one is given; it stops at the end of the block.

    A folder that another server left, orderly or killed, is taken over with its databases and its password.
    """
    server = start_server(folder, port=port)
    try:
        yield server
    finally:
        server.stop()


def start_server(folder: Path, *, port: int | None = None) -> Server:
    """The same without an end: whoever calls it stops it. On Linux it ends with the calling thread at the latest."""
    where, folder = binaries(), folder.absolute()
    data, log, port = folder / "data", folder / "postgres.log", port or _free_port()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        password = _password(folder)
        _hand_over(folder)
        with log.open("ab") as output:
            if not (data / "PG_VERSION").exists():
                _initialise(where, data, folder / "password", log)
            command = [str(where / "postgres"), "-D", str(data), "-h", HOST, "-p", str(port), "-k", ""]
            process = subprocess.Popen(
                [*_as_other_user(tied=True), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C is for Python, which then stops the server in order.
                process_group=0,
                cwd=folder,
            )
    except OSError as error:
        message = f"PostgreSQL cannot keep its data in {folder}: {error.strerror or error}"
        raise ServerError(message, remedy="Name another folder.") from error
    server = Server(port, USER, password, process, log)
    try:
        _wait(server, where)
    except BaseException:
        server.stop()
        raise
    return server


def _password(folder: Path) -> str:
    file = folder / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(18), encoding="ascii")
    return file.read_text(encoding="ascii")


def _initialise(where: Path, data: Path, password: Path, log: Path) -> None:
    command = [str(where / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={password}", "-A", "scram-sha-256"]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(
        [*_as_other_user(), *command], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/", check=False
    )
    if done.returncode:
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        raise _failure("PostgreSQL cannot make its data folder", log)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as opened:
        return int(opened.getsockname()[1])


def _account() -> tuple[int, int]:
    """User and group under which the server runs in place of root, which it refuses."""
    import pwd

    known = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()}
    return next(known[name] for name in _ACCOUNTS if name in known)


def _hand_over(folder: Path) -> None:
    if os.geteuid() == 0:
        user, group = _account()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, group)


def _as_other_user(*, tied: bool = False) -> list[str]:
    """What comes before a command, so that it does not run as root and, if `tied`, ends with this process."""
    if os.geteuid() == 0:
        user, group = _account()
        death = ["--pdeathsig=INT"] if tied else []
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *death, "--"]
    return [sys.executable, "-m", "dlt_local.kafka.tied_process", str(os.getpid())] if tied else []


def _wait(server: Server, where: Path) -> None:
    command = [str(where / "pg_isready"), "-q", "-h", HOST, "-p", str(server.port)]
    deadline = time.monotonic() + _START_SECONDS
    while subprocess.run(command, check=False).returncode:
        if server.process.poll() is not None:
            raise _failure("PostgreSQL did not start", server.log)
        if time.monotonic() > deadline:
            raise _failure(f"PostgreSQL did not answer within {_START_SECONDS} seconds", server.log)
        time.sleep(_RETRY_SECONDS)


def _failure(what: str, log: Path) -> ServerError:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    causes = [line for line in lines if re.search(r"FATAL|error:", line)]
    return ServerError(f"{what}: {(causes or lines or ['it printed nothing'])[-1]}", remedy=f"See {log}.")
