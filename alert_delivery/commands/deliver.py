"""`fitness-alerts deliver`."""

# Typer reads these annotations at run time, so they are not postponed.
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from alert_delivery.commands.options import DEFAULT_OUTBOX, Debug, OutboxFile, utc
from alert_delivery.dead_letter_topic import DeadLetterTopic
from alert_delivery.only_one import only_one
from alert_delivery.outbox import Outbox, Outcome
from alert_delivery.secret import VARIABLE, signing_secret
from alert_delivery.sending import Policy, Sender
from alert_delivery.service import Service
from alert_delivery.taking import Taker
from alert_delivery.webhook import Webhook
from dlt_local.cli.stopping import asked_to_stop
from dlt_local.kafka.client import KafkaClient, settings_of_file
from dlt_local.kafka.protocol import SERVERS

WebhookAddress = Annotated[
    str, typer.Option("--webhook", envvar="FITNESS_ALERTS_WEBHOOK", metavar="URL", help="Where alerts are posted to.")
]
Servers = Annotated[
    str,
    typer.Option("--bootstrap-servers", envvar=SERVERS, metavar="HOST:PORT,...", help="Where the brokers listen."),
]
ClientSettings = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Settings of the Kafka client, a line NAME=VALUE each.")
]
SecretFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Secret of the signature.", show_default=f"${VARIABLE}")
]
Topic = Annotated[str, typer.Option(help="Topic of the alerts.")]
Group = Annotated[str, typer.Option(help="Consumer group that keeps how far the topic has been read.")]
DeadLetters = Annotated[
    str | None, typer.Option("--dead-letter-topic", metavar="TOPIC", help="Send dead letters there.")
]
Attempts = Annotated[int, typer.Option(min=1, metavar="N", help="Give an alert up after so many.")]
FirstRetry = Annotated[
    float, typer.Option(min=0.001, metavar="SECONDS", help="Wait after the first; then twice as long.")
]
LongestRetry = Annotated[float, typer.Option(min=0.001, metavar="SECONDS", help="Longest wait between attempts.")]
MaxAge = Annotated[float, typer.Option(min=0, metavar="MINUTES", help="Older alerts are not sent.")]
Timeout = Annotated[float, typer.Option(min=0.001, metavar="SECONDS", help="For connecting, and for the answer.")]
KeepPayloads = Annotated[float, typer.Option(min=0, metavar="HOURS", help="Keep what was delivered so long.")]
UntilEnd = Annotated[bool, typer.Option("--until-end", help="Stop once all that is there now is dealt with.")]


def deliver(  # noqa: PLR0913 - one parameter per option
    *,
    webhook: WebhookAddress,
    servers: Servers,
    client_settings: ClientSettings = None,
    secret_file: SecretFile = None,
    topic: Topic = "health_alerts",
    group: Group = "fitness-alerts",
    outbox: OutboxFile = DEFAULT_OUTBOX,
    dead_letter_topic: DeadLetters = None,
    attempts: Attempts = 8,
    first_retry: FirstRetry = 1.0,
    longest_retry: LongestRetry = 600.0,
    max_age: MaxAge = 60.0,
    timeout: Timeout = 10.0,
    keep_payloads: KeepPayloads = 24.0,
    until_end: UntilEnd = False,
    _debug: Debug = False,
) -> None:
    """Deliver alerts from a topic to a webhook, until Ctrl-C; a line per attempt.

    Each alert is posted at least once, signed with the secret; the header Idempotency-Key is its alert_id. What the
    receiver answers with 408, 425, 429 or 5xx, or not at all, is tried again; all else but 2xx is given up at once.
    """
    receiver = Webhook(webhook, signing_secret(secret_file), timeout_s=timeout)
    client = KafkaClient(servers, settings_of_file(client_settings) if client_settings else {})
    policy = Policy(attempts, first_retry, longest_retry, 60 * max_age)
    with ExitStack() as stack:
        box = stack.enter_context(Outbox(outbox))
        stack.enter_context(only_one(outbox))
        taker = stack.enter_context(closing(Taker(client, topic, group, box, on_warning=_warn)))
        letters = DeadLetterTopic(client, dead_letter_topic, box) if dead_letter_topic else None
        sender = Sender(box, receiver, policy, on_attempt=_print_attempt)
        service = Service(taker, sender, box, letters, 3600 * keep_payloads, on_warning=_warn)
        is_stopped = stack.enter_context(asked_to_stop())
        typer.echo(f"Alerts of topic '{topic}' go to {receiver.host}")
        service.run(until_end=until_end, is_stopped=is_stopped)
        typer.echo(f"{box.pending()} alerts wait in {outbox}")


def _print_attempt(alert_id: str, attempt: int, outcome: Outcome, detail: str) -> None:
    typer.echo(f"{utc(time.time())}  {outcome:9}  {alert_id}  attempt {attempt}  {detail}")


def _warn(text: str) -> None:
    typer.echo(f"Warning: {text}", err=True)
