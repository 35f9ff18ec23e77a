"""Small worlds for tests: every fault is frequent, and devices are worn little."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from simulator.world.parameters import Parameters

if TYPE_CHECKING:
    from pathlib import Path

EVERY_FAULT = Parameters(
    members=12,
    days=4,
    seed=7,
    start=date(2026, 3, 27),  # the clocks of Europe go forward on the 29th
    zones=("Europe/Berlin", "America/New_York"),
    city_members=6,
    visits_per_week=9,
    wear_share=0.1,
    rest_sampling_s=(10, 20, 30),
    workout_sampling_s=10,
    delete_per_month=0.9,
    return_share=0.6,
    swap_per_month=0.9,
    new_member_share=0.3,
    second_device_share=0.4,
    corrupt_share=0.01,
    null_share=0.01,
    impossible_share=0.01,
    wrong_clock_share=0.01,
    unknown_topic_share=0.01,
    conflict_share=0.01,
    duplicate_share=0.02,
    spike_share=0.01,
    broken_copy_share=0.1,
    repeated_message_share=0.1,
    bad_visit_share=0.1,
    relogin_share=0.1,
    late_logout_share=0.2,
    missing_stop_share=0.1,
    orphan_stop_share=0.1,
    resent_file_share=0.3,
    late_file_share=0.3,
    restated_share=0.4,
    late_registration_share=0.3,
    skewed_clock_share=0.2,
    stray_update_share=1,
    high_episodes_per_month=4,
    outages_per_month=10,
    event_door_share=0.5,
)
# Few leave, and all train often, so that there is something of everything.
BUSY = replace(
    EVERY_FAULT,
    stuck_share=0.02,
    bad_visit_share=0.3,
    delete_per_month=0.6,
    visits_per_week=14,
    wear_share=0.03,
    workout_sampling_s=20,
    seed=5,
)
LITTLE = replace(EVERY_FAULT, members=3, days=2, start=date(2026, 5, 4))


def files(folder: Path) -> dict[str, bytes]:
    """All files by their path in the folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def landed(folder: Path) -> dict[str, bytes]:
    """The landing files, without the truth."""
    return {path: content for path, content in files(folder).items() if not path.startswith("truth/")}


def digest(contents: dict[str, bytes]) -> str:
    """One hash of paths and contents."""
    whole = sha256()
    for path, content in contents.items():
        whole.update(f"{path}\n{len(content)}\n".encode() + content)
    return whole.hexdigest()
