"""The commands of `fitness-alerts`."""

from __future__ import annotations

from alert_delivery.commands.deliver import deliver
from alert_delivery.commands.look import dead_letters, log
from dlt_local.cli.failures import command_app

app = command_app("Deliver health alerts from a Kafka topic to a webhook.")
app.command()(deliver)
app.command()(log)
app.command()(dead_letters)
