"""What the options of a read say without a database: its name in messages, secrets, limits of time."""

from __future__ import annotations

import pytest

from dlt_local.jdbc.options import database, limits
from dlt_local.redaction import REDACTED, redacted
from dlt_local.source_location import SourceLocation

HERE = SourceLocation("orders.py", 1)


@pytest.mark.parametrize(
    ("options", "secret", "address"),
    [
        ({"url": "jdbc:postgresql://db/shop", "password": "secret-1"}, "secret-1", "jdbc:postgresql://db/shop"),
        ({"url": "jdbc:postgresql://db/shop?ssl=true&password=secret-2"}, "secret-2", "jdbc:postgresql://db/shop"),
        ({"url": "jdbc:postgresql://db/shop?sslpassword=secret-3#"}, "secret-3", "jdbc:postgresql://db/shop"),
        ({"url": "jdbc:sqlserver://db:1;user=ann;password={a;secret-4};x=y"}, "a;secret-4", "jdbc:sqlserver://db:1"),
        ({"url": "jdbc:sqlserver://db;accessToken=secret-5"}, "secret-5", "jdbc:sqlserver://db"),
        ({"url": "jdbc:mysql://ann:secret-6@db/shop"}, "secret-6", "jdbc:mysql://db/shop"),
        ({"url": "jdbc:oracle:thin:ann/secret-7@//db:1521/shop"}, "secret-7", "jdbc:oracle:thin:@//db:1521/shop"),
    ],
)
def test_secrets_are_hidden_and_no_part_of_the_address(options: dict[str, str], secret: str, address: str) -> None:
    found = database(options, {"a.url": options["url"], "b.url": "jdbc:other"}, HERE)
    assert (found.address, found.url_setting, found.user_setting) == (address, "'a.url'", "option 'user'")
    assert redacted(f"<{secret}>") == f"<{REDACTED}>"


@pytest.mark.parametrize(
    ("options", "added"),
    [
        ({"url": "jdbc:postgresql://db/shop"}, {"connectTimeout": "10", "loginTimeout": "15"}),
        ({"url": "jdbc:postgresql://db/shop?connectTimeout=3"}, {"loginTimeout": "15"}),
        ({"url": "jdbc:sqlserver://db;loginTimeout=3"}, {"connectRetryCount": "0"}),
        ({"url": "jdbc:sqlserver://db", "logintimeout": "3"}, {"connectRetryCount": "0"}),
        ({"url": "jdbc:mysql://db/shop"}, {}),
    ],
)
def test_limits_of_time_of_the_pipeline_win(options: dict[str, str], added: dict[str, str]) -> None:
    assert limits(options) == added
