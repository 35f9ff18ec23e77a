"""The commands of `fitness-sim`."""

from __future__ import annotations

from dlt_local.cli.failures import command_app
from simulator.commands.generate import make
from simulator.commands.live import live
from simulator.commands.play import play
from simulator.commands.store import store
from simulator.commands.tail import tail
from simulator.commands.verify import verify

app = command_app(
    "Make a fitness world; send its messages to Kafka, and show what arrives; fill a database; verify a run."
)
app.command("generate")(make)
app.command()(play)
app.command()(live)
app.command()(store)
app.command()(tail)
app.command()(verify)
