from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import write_deltalake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    DltLocal = Callable[..., Result]


def test_csv_has_a_header_and_every_row(dlt_local: DltLocal, state: Path) -> None:
    result = dlt_local("show", "gym_summary", "--state", state, "--format", "csv")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == 'gym,note,bpm\n1,"a,b",\n1,,2.0\n2,b,1.5\n'


def test_csv_is_not_cut_unless_a_limit_is_given(dlt_local: DltLocal, state: Path) -> None:
    write_deltalake(state / "tables/fitness/gold/many", pa.table({"n": pa.array(range(25_000))}))
    everything = dlt_local("show", "many", "--state", state, "--format", "csv").stdout
    assert everything == "n\n" + "".join(f"{n}\n" for n in range(25_000))
    assert dlt_local("show", "many", "--state", state, "--format", "csv", "--limit", 2).stdout == "n\n0\n1\n"
    assert len(json.loads(dlt_local("show", "many", "--state", state, "--format", "json").stdout)) == 25_000


def test_json_is_one_array_with_one_object_a_line(dlt_local: DltLocal, state: Path) -> None:
    result = dlt_local("show", "gold.gym_summary", "--state", state, "--format", "json", "--where", "gym = 1")
    assert result.stdout == '[\n{"gym":1,"note":"a,b","bpm":null},\n{"gym":1,"note":null,"bpm":2.0}\n]\n'
    nothing = dlt_local("show", "gym_summary", "--state", state, "--format", "json", "--limit", 0)
    assert nothing.stdout == "[]\n"


def test_a_table_says_how_many_rows_there_are(dlt_local: DltLocal, state: Path) -> None:
    lines = [line.split() for line in dlt_local("show", "gym_summary", "--state", state).stdout.splitlines()]
    assert [line for line in lines if line and "─" not in line[0]] == [
        ["gym", "note", "bpm"],
        ["1", "a,b", "NULL"],
        ["1", "NULL", "2.0"],
        ["2", "b", "1.5"],
        ["3", "rows"],
    ]
    cut = dlt_local("show", "gym_summary", "--state", state, "--limit", 1).stdout
    assert cut.splitlines()[-1] == "1 of 3 rows; --limit N prints more, --format csv all"


def test_a_table_is_cut_at_twenty_rows_and_says_so(dlt_local: DltLocal, state: Path) -> None:
    write_deltalake(state / "tables/fitness/gold/many", pa.table({"n": pa.array(range(21))}))
    lines = dlt_local("show", "many", "--state", state).stdout.splitlines()
    assert lines[-1] == "20 of 21 rows; --limit N prints more, --format csv all"
    assert [line.strip() for line in lines if line.strip().isdigit()] == [str(n) for n in range(20)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gym_sumary"], "Error: No table 'gym_sumary' in {state}. Did you mean 'gym_summary'?\n"),
        (["gym_summary", "--where", "gmy = 1"], 'Candidate bindings: "gym"\n'),
        (["gym_summary", "--format", "xml"], "'xml' is not one of 'table', 'csv', 'json'.\n"),
        (["gym_summary", "--limit", "-1"], "'--limit': Input should be greater than or equal to 0\n"),
        (["gym_summary", "--formt", "csv"], "No such option: --formt (Possible options: --format)\n"),
    ],
)
def test_mistakes_end_with_one_line_and_exit_code_2(
    dlt_local: DltLocal, state: Path, arguments: list[str], message: str
) -> None:
    result = dlt_local("show", "--state", state, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(message.format(state=state))
    assert "Traceback" not in result.stderr


def test_a_missing_state_says_what_to_do(dlt_local: DltLocal, tmp_path: Path) -> None:
    result = dlt_local("show", "t", "--state", tmp_path / "none")
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: State folder {tmp_path}/none does not exist. "
        "Run the pipeline first, or name its folder by --state DIR.\n"
    )


@pytest.mark.parametrize("debug", [["--debug"], []])
def test_debug_shows_the_traceback(
    dlt_local: DltLocal, tmp_path: Path, debug: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not debug:
        monkeypatch.setenv("DLT_LOCAL_DEBUG", "1")
    result = dlt_local("show", "t", "--state", tmp_path, *debug)
    assert result.stderr.startswith("Traceback (most recent call last)")
    assert result.stderr.splitlines()[-1].startswith("Error: No tables in ")
