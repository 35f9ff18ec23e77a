"""Makes a world and writes it: landing files, the truth behind them, and the ledger."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from dlt_local.errors import PipelineError
from simulator.world.blocks import BLOCK_MEMBERS, Block, BlockResult, write_block
from simulator.world.feeds import feeds_of
from simulator.world.gyms import gym_lines
from simulator.world.landing_files import land
from simulator.world.ledger import ledger_of_lines
from simulator.world.plan import plan
from simulator.world.truth import write_truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator.world.parameters import Parameters
    from simulator.world.plan import World


@dataclass(frozen=True, slots=True)
class Generated:
    """Numbers of what was written."""

    members: int
    gyms: int
    visits: int
    workouts: int
    readings: int
    """That silver must have."""
    lines: int
    """Of all files, headers apart."""


def generate(parameters: Parameters, out: Path, *, workers: int = 1) -> Generated:
    """Writes a world into a new or empty folder: `<date>/<feed>/` for what arrives, `truth/` for what is true.

    The same parameters write the same bytes, however many processes work on it. PipelineError if the folder holds
    anything; OSError if it cannot be written.
    """
    _claim(out)
    truth = out / "truth"
    (truth / "ledger").mkdir(parents=True)
    world = plan(parameters)
    gyms = {gym.gym: gym for gym in world.gyms}
    feeds = [feeds_of(parameters, member, gyms) for member in world.members]
    sent = [*gym_lines(parameters, list(world.gyms)), *(each for own in feeds for each in own.sent)]
    landed = land(parameters, out, sent)
    pq.write_table(ledger_of_lines(landed), truth / "ledger" / "other_feeds.parquet")
    results = list(_blocks(parameters, world, out, workers))
    write_truth(truth, world, feeds, (found for result in results for found in result.episodes))
    latest = {"latest_ms": max((result.latest_ms for result in results), default=0)}
    (truth / "readings.json").write_text(json.dumps(latest) + "\n")
    (truth / "parameters.json").write_text(json.dumps(asdict(parameters), indent=2, default=str) + "\n")
    return Generated(
        members=len(world.members),
        gyms=len(world.gyms),
        visits=sum(len(own.visits) for own in feeds),
        workouts=sum(len(own.workouts) for own in feeds),
        readings=sum(result.readings for result in results),
        lines=len(landed) + sum(result.lines for result in results),
    )


def _claim(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise PipelineError(f"'{out}' is a file", remedy="Name a new folder.")
    if out.exists() and any(out.iterdir()):
        raise PipelineError(f"'{out}' is not empty", remedy="Name a new folder, or empty this one.")
    out.mkdir(parents=True, exist_ok=True)


def _blocks(parameters: Parameters, world: World, out: Path, workers: int) -> Iterator[BlockResult]:
    starts = range(0, len(world.members), BLOCK_MEMBERS)
    blocks = [
        Block(parameters, number, world.members[start : start + BLOCK_MEMBERS], out)
        for number, start in enumerate(starts)
    ]
    if workers == 1 or len(blocks) == 1:
        yield from map(write_block, blocks)
        return
    # Forked processes would inherit the threads of Arrow in any state.
    pool = ProcessPoolExecutor(min(workers, len(blocks)), mp_context=get_context("spawn"))
    try:
        yield from pool.map(write_block, blocks)
    finally:
        pool.shutdown(cancel_futures=True)
