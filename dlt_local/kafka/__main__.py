"""`python -m dlt_local.kafka`: a broker in the foreground until Ctrl-C or SIGTERM; `make kafka` calls it."""

from __future__ import annotations

import os
import re
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from dlt_local.errors import PipelineError
from dlt_local.kafka.broker import HOST, running_broker
from dlt_local.kafka.login import MECHANISMS, PASSWORD, Login, read_login
from dlt_local.kafka.protocol import SERVERS, KafkaCluster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOPIC = re.compile(r"([A-Za-z0-9._-]+)(?::([1-9]\d*))?")


def main(arguments: Sequence[str] | None = None) -> int:
    """Start a broker, make the topics and wait; 1 if it cannot start or ends by itself."""
    chosen = _parser().parse_args(arguments)
    topics = dict(chosen.topics)
    other = os.environ.get(SERVERS)
    try:
        login = read_login(chosen.sasl, chosen.password_file, os.environ) if chosen.sasl else None
        # What the broker inherits, others can see.
        os.environ.pop(PASSWORD, None)
        if other:
            KafkaCluster(other, login).create_topics(topics)
            print(f"{SERVERS}={other} is used; no broker is started.")
            return 0
        _serve(chosen.data, chosen.port, topics, login)
    except PipelineError as error:
        sys.stderr.write(f"{error}\n")
    return 1


def _serve(folder: Path, port: int | None, topics: Mapping[str, int], login: Login | None) -> None:
    """Returns only if the broker ends by itself; Ctrl-C and SIGTERM end it and this process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    with running_broker(folder, port=port, login=login) as broker:
        broker.cluster.create_topics(topics)
        address = broker.cluster.bootstrap_servers
        print(f"Kafka listens on {address}; its data is in {folder}", flush=True)
        if login:
            print(
                f"  it asks for the login of '{login.user}': SASL_PLAINTEXT with {' or '.join(MECHANISMS)}", flush=True
            )
        print(f"  export {SERVERS}={address}", flush=True)
        broker.process.wait()
        sys.stderr.write(f"Kafka has ended by itself. See {broker.log}.\n")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m dlt_local.kafka", description="A Kafka broker on this machine.")
    parser.add_argument("topics", nargs="*", type=_topic, metavar="TOPIC[:PARTITIONS]", help="topics to make")
    parser.add_argument("--data", type=Path, default=Path(".kafka"), help="folder of all data (default .kafka)")
    parser.add_argument("--port", type=int, help=f"port on {HOST} (default: a free one)")
    parser.add_argument("--sasl", metavar="USER", help=f"ask for a login; its password is the value of {PASSWORD}")
    parser.add_argument("--password-file", type=Path, help="file with the password, which nobody else may read")
    return parser


def _topic(text: str) -> tuple[str, int]:
    found = _TOPIC.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(
            f"'{text}' is not a topic: letters, digits, '.', '_', '-', then perhaps ':' and a number"
        )
    return found[1], int(found[2] or 1)


def _end(number: int, frame: object) -> NoReturn:  # noqa: ARG001 # as Python calls it
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
