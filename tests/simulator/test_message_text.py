from __future__ import annotations

import json

from simulator.message_text import ShownMessage, json_line, line, raw_bytes

HOSTILE = '{"a": "\x1b]0;owned\x07\x9b2J\u202e"}\r\n\x1b[2J'


def shown(value: bytes | None, key: bytes | None = b"k") -> ShownMessage:
    return ShownMessage("bpm", 1, 42, 1776148500250, key, value, (("h", b"\x1b[0m"), ("n", None)))


def test_a_line_says_when_where_and_what() -> None:
    assert line(shown(b'{"a": 1}')) == r'2026-04-14T06:35:00.250Z  bpm 1:42  k  {"a": 1}  [h=\x1b[0m n=null]'
    assert line(ShownMessage("bpm", 0, 0, None, None, None)) == "no time  bpm 0:0  null  null"


def test_nothing_that_a_terminal_obeys_gets_through() -> None:
    message = shown(HOSTILE.encode())
    for text in (
        line(message),
        line(message, pretty=True),
        json_line(message),
        raw_bytes(message, to_terminal=True).decode(),
    ):
        assert text.isprintable()
    pretty = line(shown(json.dumps({"a": "\x1b[2J\u202e", "b": []}, ensure_ascii=False).encode()), pretty=True)
    assert all(part.isprintable() for part in pretty.splitlines())
    assert json.loads(json_line(message))["value"] == HOSTILE
    assert raw_bytes(message, to_terminal=False) == HOSTILE.encode()


def test_json_stands_as_json_and_other_bytes_as_themselves() -> None:
    def value(content: bytes | None) -> object:
        return json.loads(json_line(shown(content)))["value"]

    assert value(b'{"a": [1.5, null]}') == {"a": [1.5, None]}
    assert value(b'{"a": ') == '{"a": '
    assert value(b"NaN") == "NaN"
    assert value(b"[1e400]") == "[1e400]"
    assert value(b"\xff\x00") == {"base64": "/wA="}
    assert value(None) is None
    assert line(shown(b"\xff\x00")).split("  ")[3] == "base64:/wA="


def test_a_pretty_value_has_lines_of_its_own() -> None:
    message = ShownMessage("bpm", 0, 7, 0, None, b'{"a": "\x7f"}')
    assert line(message, pretty=True).splitlines() == [
        "1970-01-01T00:00:00.000Z  bpm 0:7  null  ",
        "    {",
        '      "a": "\\u007f"',
        "    }",
    ]
