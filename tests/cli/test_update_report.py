from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console

from dlt_local.cli.live_progress import LiveProgress
from dlt_local.cli.update_report import UpdateReport
from dlt_local.event_log import Event
from dlt_local.update import UpdateResult

if TYPE_CHECKING:
    import pytest

START = datetime(2026, 3, 11, 8, 5, tzinfo=UTC)


def event(event_type: str, state: str, *, seconds: float = 0, flow: str = "a", level: str = "INFO") -> Event:
    key = "state" if event_type == "update_progress" else "status"
    return Event(
        id="id",
        sequence={},
        origin={"flow_name": flow},
        timestamp=START + timedelta(seconds=seconds),
        message=f"{flow} is\n{state}.",
        level=level,
        maturity_level="STABLE",
        error=None,
        details={event_type: {key: state}},
        event_type=event_type,
    )


def test_progress_events_are_printed_as_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with UpdateReport() as report:
        report.on_event(event("update_progress", "RUNNING", seconds=0.25))
        report.on_event(event("flow_definition", "ignored"))
        report.on_event(event("flow_progress", "FAILED", level="ERROR"))
    assert capsys.readouterr().out == (
        '2026-03-11T08:05:00.250Z update_progress INFO "a is RUNNING."\n'
        '2026-03-11T08:05:00.000Z flow_progress ERROR "a is FAILED."\n'
    )


def test_phases_last_until_the_next_state() -> None:
    report = UpdateReport()
    for seconds, state in ((0, "INITIALIZING"), (2.5, "RUNNING"), (4, "COMPLETED")):
        report.on_event(event("update_progress", state, seconds=seconds))
    assert report.phase_seconds() == {"INITIALIZING": 2.5, "RUNNING": 1.5}


def test_one_failure_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    UpdateReport().conclude(UpdateResult("id", "FAILED", ("gym.py:3: no\n gym",)))
    assert capsys.readouterr() == ("", "Error: gym.py:3: no gym\n")


def test_several_failures_are_listed_and_the_first_is_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    UpdateReport().conclude(UpdateResult("id", "FAILED", ("a.py:3: no gym", "b.py:4: no user")))
    assert capsys.readouterr() == (
        "\nFAILED\na.py:3: no gym\nb.py:4: no user\n",
        "Error: a.py:3: no gym (and 1 more, listed above)\n",
    )


def test_a_reader_that_goes_away_does_not_stop_the_update(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    report = UpdateReport()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", Closed())
        report.on_event(event("update_progress", "RUNNING"))
    report.on_event(event("update_progress", "COMPLETED", seconds=1))
    report.conclude(UpdateResult("id", "COMPLETED"))
    assert capsys.readouterr().out == ""
    assert report.phase_seconds() == {"RUNNING": 1.0}


def test_on_a_terminal_only_states_and_trouble_stay() -> None:
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=100, color_system=None, legacy_windows=False)
    with LiveProgress(console) as live:
        live.show(event("update_progress", "RUNNING"))
        live.show(event("flow_progress", "RUNNING", flow="a"))
        live.show(event("flow_progress", "COMPLETED", flow="b"))
        live.show(event("flow_progress", "SKIPPED", flow="c", level="WARN"))
    text = terminal.getvalue()
    assert [line for line in text.replace("\r", "\n").splitlines() if "_progress " in line] == [
        '\x1b[2K2026-03-11T08:05:00.000Z update_progress INFO "a is RUNNING."',
        '\x1b[2K2026-03-11T08:05:00.000Z flow_progress WARN "c is SKIPPED."',
    ]
    assert "1 completed, 1 running, 1 skipped" in text
