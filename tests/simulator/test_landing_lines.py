from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from simulator.landing.arrivals import LandedFile, arrivals
from simulator.landing.envelopes import message_of_envelope
from simulator.landing.reading import messages_of
from simulator.landing.times import milliseconds
from simulator.message import Message, Place, Unplayable

if TYPE_CHECKING:
    from pathlib import Path


def landed(folder: Path, feed: str, name: str, content: bytes) -> LandedFile:
    path = folder / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return LandedFile(feed, path)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (b'{"topic": "t", "key": "7", "value": "{\\"a\\": 1.0}"}', b"7", b'{"a": 1.0}'),
        (
            b'{"topic": "t", "value": {"a":  1.50, "b": [1e400, "}"]}, "key": 7}',
            b"7",
            b'{"a":  1.50, "b": [1e400, "}"]}',
        ),
        (b'{"value": 1, "topic": "t", "value" : {"z" : "\\u00e9"}}', None, b'{"z" : "\\u00e9"}'),
        (b'{"topic": "t", "value": "eyJhIjogMX0="}', None, b'{"a": 1}'),
        (b'{"topic": "t", "value": "ewkiYSI6IDF9"}', None, b'{\t"a": 1}'),
        (b'{"topic": "t", "value": "eyno base64"}', None, b"eyno base64"),
        (b'{"topic": "t", "value": "ew/+"}', None, b"ew/+"),
        (b'{"topic": "t", "value": null, "key": "7"}', b"7", None),
        (b'{"topic": "t", "value": ""}', None, b""),
        ('{"topic": "t", "value": "Zoë"}'.encode(), None, "Zoë".encode()),
    ],
)
def test_an_envelope_gives_back_the_bytes_of_its_message(
    tmp_path: Path, line: bytes, key: bytes | None, value: bytes | None
) -> None:
    place = Place(tmp_path, 3)
    assert message_of_envelope(line, place) == Message("t", key, value, place=place)


def test_an_envelope_says_time_partition_and_headers(tmp_path: Path) -> None:
    line = b"""{"topic": "t", "partition": 2, "offset": 9, "timestamp": 1776148500.25, "value": "x",
        "headers": [{"key": "a", "value": "b"}, {"key": "a", "value": null}, {"key": "c"}]}"""
    headers = (("a", b"b"), ("a", None), ("c", None))
    place = Place(tmp_path, 1)
    assert message_of_envelope(line, place) == Message("t", None, b"x", 1776148500250, headers, 2, place)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"topic": "t", "val', "is no JSON"),
        (b'{"topic": "t", "value": "\xff"}', "is no JSON"),
        (b"[]", "is no envelope, but another JSON value"),
        (b'{"value": "x"}', "names no topic"),
        (b'{"topic": ".."}', 'names no topic: ".."'),
        (b'{"topic": 7}', "names no topic: 7"),
        (b'{"topic": "t", "value": "\\ud800"}', "has parts that Kafka does not take: UnicodeEncodeError"),
        (b'{"topic": "t", "headers": {"a": "b"}}', "has parts that Kafka does not take: TypeError"),
    ],
)
def test_what_is_no_envelope_says_why(tmp_path: Path, line: bytes, reason: str) -> None:
    found = message_of_envelope(line, Place(tmp_path, 1))
    assert isinstance(found, Unplayable)
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (1776148500, 1776148500000),
        (1776148500000, 1776148500000),
        (1776148500000123, 1776148500000),
        ("1776148500.5", 1776148500500),
        ("2026-04-14T06:35:00+0000", 1776148500000),
        ("2026-04-14 08:35:00.250+02:00", 1776148500250),
        ("2026-04-14 08:35:00", None),
        ("soon", None),
        (True, None),
        (-1, None),
        (float("nan"), None),
        (1e18, None),
        (None, None),
    ],
)
def test_the_magnitude_of_a_number_tells_its_unit(written: object, expected: int | None) -> None:
    assert milliseconds(written) == expected


def test_registrations_keep_their_columns_as_they_are(tmp_path: Path) -> None:
    text = (
        b"\xef\xbb\xbfuser_id,device_id,mac_address,registration_timestamp,note\r\n"
        b'7,FT_1,"aa:b,b",2026-04-14T06:35:00Z,\r\n\r\n8,2\r\n9,1,2,3,4,5\r\n\xff,1\r\n'
    )
    file = landed(tmp_path, "registered_users", "a.csv", text)

    first = (
        b'{"user_id": "7", "device_id": "FT_1", "mac_address": "aa:b,b", '
        b'"registration_timestamp": "2026-04-14T06:35:00Z", "note": null}'
    )
    second = b'{"user_id": "8", "device_id": "2", "mac_address": null, "registration_timestamp": null, "note": null}'
    assert list(messages_of(file)) == [
        Message("registered_users", b"7", first, 1776148500000, place=Place(file.path, 2)),
        Message("registered_users", b"8", second, place=Place(file.path, 4)),
        Unplayable(Place(file.path, 5), "has 6 cells, but the file has 5 columns"),
        Unplayable(Place(file.path, 6), "is no UTF-8"),
    ]


def test_a_visit_is_its_login_and_logout_and_anything_else_stays_whole(tmp_path: Path) -> None:
    lines = ("aa,1,100,200.0", "bb,2,300,", "cc,1,500,400", "dd,1,,600", "ee,1,700,late", "ff,1,800,800")
    text = "\n".join(["mac_address,gym,login,logout", *lines])
    file = landed(tmp_path, "gym_logins", "a.csv", text.encode())

    def event(mac: str, gym: int, action: str, time: str) -> bytes:
        return f'{{"mac_address": "{mac}", "gym": "{gym}", "action": "{action}", "timestamp": "{time}"}}'.encode()

    def line(mac: str, login: str, logout: str) -> bytes:
        return f'{{"mac_address": "{mac}", "gym": "1", "login": {login}, "logout": "{logout}"}}'.encode()

    found = [(m.key, m.value, m.time_ms, m.place) for m in messages_of(file) if isinstance(m, Message)]
    assert found == [
        (b"aa", event("aa", 1, "login", "100"), 100_000, Place(file.path, 2)),
        (b"aa", event("aa", 1, "logout", "200.0"), 200_000, Place(file.path, 2)),
        (b"bb", event("bb", 2, "login", "300"), 300_000, Place(file.path, 3)),
        (b"cc", line("cc", '"500"', "400"), 500_000, Place(file.path, 4)),
        (b"dd", line("dd", "null", "600"), 600_000, Place(file.path, 5)),
        (b"ee", line("ee", '"700"', "late"), 700_000, Place(file.path, 6)),
        (b"ff", line("ff", '"800"', "800"), 800_000, Place(file.path, 7)),
    ]


def test_a_day_is_its_line_or_the_message_in_its_envelope(tmp_path: Path) -> None:
    lines = (
        b'{"user_id": 7, "steps": 1.50, "timestamp": 1776125100}\n \n{"user_id": 8, "st\n'
        b'{"topic": "other", "key": "k", "value": "{\\"user_id\\": 9}", "timestamp": 1776125100000}'
    )
    file = landed(tmp_path, "daily_activity", "a.json.gz", gzip.compress(lines))
    record = b'{"user_id": 7, "steps": 1.50, "timestamp": 1776125100}'
    assert list(messages_of(file)) == [
        Message("user_activity", b"7", record, 1776125100000, place=Place(file.path, 1)),
        Message("user_activity", None, b'{"user_id": 8, "st', place=Place(file.path, 3)),
        Message("user_activity", b"k", b'{"user_id": 9}', 1776125100000, place=Place(file.path, 4)),
    ]


def test_files_come_by_day_then_by_name(tmp_path: Path) -> None:
    for day, feed, name in (
        ("2026-04-15", "kafka_multiplex", "a.json"),
        ("2026-04-14", "kafka_multiplex", "2.json"),
        ("2026-04-14", "registered_users", "1.csv"),
        ("2026-04-14", "kafka_multiplex", "_SUCCESS"),
        ("2026-04-14", "kafka_multiplex", "deeper/3.json"),
        ("2026-04-14", "gyms", "gyms.csv"),
    ):
        landed(tmp_path / day, feed, "x", b"").path.unlink()
        path = tmp_path / day / feed / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = [(a.name, [f.path.name for f in a.files], [f.feed for f in a.left_out]) for a in arrivals(tmp_path)]
    assert found == [("2026-04-14", ["1.csv", "2.json", "3.json"], ["gyms"]), ("2026-04-15", ["a.json"], [])]


def test_a_folder_without_feeds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"No file of a feed lies in .* It holds folders named kafka_multiplex, "):
        arrivals(tmp_path)
    with pytest.raises(PipelineError, match=r"Landing folder '.*/none' does not exist"):
        arrivals(tmp_path / "none")


@pytest.mark.parametrize(("name", "content"), [("a.parquet", b""), ("a.json.gz", b"no gzip")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    file = landed(tmp_path, "kafka_multiplex", name, content)
    with pytest.raises(PipelineError, match=rf"kafka_multiplex/{name} cannot be "):
        list(messages_of(file))
