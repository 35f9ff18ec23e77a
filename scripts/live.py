"""`make live`: a broker, the live pipeline and its alerts in one terminal; heart rates come from another one.

The limits are general ones, so that it needs no lakehouse. A broker named by KAFKA_BOOTSTRAP_SERVERS is used if set.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.kafka.broker import running_broker
from dlt_local.kafka.client import KafkaClient
from dlt_local.kafka.protocol import SERVERS, KafkaCluster
from simulator.tailing import tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.message_text import ShownMessage

DATA, STATE = Path(".kafka"), Path(".dlt_local")
READINGS, ALERTS = "bpm", "health_alerts"
TOPICS = {READINGS: 2, ALERTS: 1}
_IS_RUNNING = "is RUNNING"


def main() -> int:
    """The exit code of the pipeline, 0 after Ctrl-C."""
    try:
        with ExitStack() as stack:
            other = os.environ.get(SERVERS)
            cluster = KafkaCluster(other) if other else stack.enter_context(running_broker(DATA)).cluster
            cluster.create_topics(TOPICS)
            return watch(cluster.bootstrap_servers)
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def watch(servers: str) -> int:
    """Run the pipeline until it ends, or Ctrl-C, and print what it alerts."""
    pipeline = start_pipeline(servers)
    threading.Thread(target=print_alerts, args=(tail(KafkaClient(servers), [ALERTS]),), daemon=True).start()
    try:
        for line in pipeline.stdout or ():
            print(line, end="", flush=True)
            if f"Update {line.partition('Update ')[2][:6]} {_IS_RUNNING}" in line:
                print_how_to_send(servers)
    except KeyboardInterrupt:
        # The terminal has sent it to the pipeline as well, which ends in order.
        for line in pipeline.stdout or ():
            print(line, end="", flush=True)
    finally:
        pipeline.send_signal(signal.SIGINT)
        code = pipeline.wait()
    return code


def start_pipeline(servers: str) -> subprocess.Popen[str]:
    """The command that a user would type, in a process of its own."""
    settings = {"fitness.kafka_bootstrap_servers": servers, "fitness.live_member_limits": "false"}
    command = [sys.executable, "-m", "dlt_local", "run", "--pipeline", "live_health_alerts", "--continuous"]
    command += ["--state", str(STATE), *(f"--set={key}={value}" for key, value in settings.items())]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def print_how_to_send(servers: str) -> None:
    """The command for another terminal."""
    print(f"\nIn another terminal:\n\n  {SERVERS}={servers} .venv/bin/fitness-sim live --emergencies 3\n", flush=True)


def print_alerts(messages: Iterable[ShownMessage]) -> None:
    """The first message of each alert, and how long after the reading Kafka took it."""
    seen: set[str] = set()
    for message in messages:
        alert = json.loads(message.value or b"{}")
        if alert.get("alert_id") in seen:
            continue
        seen.add(alert["alert_id"])
        print(alert_line(alert, time.time()), flush=True)


def alert_line(alert: dict[str, object], now: float) -> str:
    """One line, with the seconds from the reading to this moment."""
    at = datetime.fromisoformat(str(alert["event_time"]))
    clock = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    wearer = f"device {alert['device_id']}"
    beyond = f"{alert['bpm']} bpm, limit {alert['limit_bpm']}"
    return f"{clock} ALERT {alert['rule']} {wearer}: {beyond}; {now - at.timestamp():.3f} s after the reading"


if __name__ == "__main__":
    sys.exit(main())
