"""What a URL may look like, and that its password appears in no message."""

from __future__ import annotations

import pytest

from ormthesis.core.errors import DatabaseUrlError
from ormthesis.persistence.provisioning.urls import parse_server_url, shown


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("postgresql://u:pw@h:5433/d", {"host": "h", "port": 5433, "user": "u", "password": "pw"}),
        ("postgres://u@h/d", {"host": "h", "user": "u", "password": None}),
        ("postgresql+psycopg2://h/d", {"host": "h", "user": None}),
        ("postgresql+asyncpg://h/d", {"host": "h"}),
        ("  postgresql://h/d\n", {"host": "h"}),
        ("postgresql:///d?host=/run/pg", {"host": None, "query": {"host": "/run/pg"}}),
        (
            "postgresql://u@/d?host=/run/pg&port=5433",
            {"user": "u", "query": {"host": "/run/pg", "port": "5433"}},
        ),
        ("postgresql://u:p%40%2F%3A%25%3F%23%20w@h/d", {"password": "p@/:%?# w", "host": "h"}),
        ("postgresql://u:p:/x@h/d", {"password": "p:/x", "host": "h"}),
        ("postgresql://%C3%BC:%C3%A9@h/d", {"user": "ü", "password": "é"}),
        (
            "postgresql://h/d?sslmode=require&application_name=a%20b",
            {"query": {"sslmode": "require", "application_name": "a b"}},
        ),
        ("postgresql://h/?dbname=d", {"host": "h", "query": {}}),
        ("postgresql://[::1]:5432/d", {"host": "::1", "port": 5432}),
    ],
)
def test_accepted(text: str, parts: dict[str, object]) -> None:
    url = parse_server_url(text)
    assert (url.drivername, url.database) == ("postgresql+psycopg", "d")
    found = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "query": dict(url.query),
    }
    assert {name: found[name] for name in parts} == parts


def test_survives_a_round_trip_as_text() -> None:
    url = parse_server_url("postgresql://u:p%40%2F%3A%25w@/d?host=/run/a b&port=1")
    assert parse_server_url(url.render_as_string(hide_password=False)) == url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is not a database URL"),
        ("localhost:5432/d", "is not a database URL"),
        ("host=h password=secret", "is not a database URL"),
        ("postgresql://u:secret@h:port/d", "is not a database URL"),
        ("sqlite:///file.db", "names sqlite"),
        ("mysql+pymysql://u:secret@h/d", "names mysql"),
        ("postgresql://u:secret@more@h/d", "more than one @"),
        ("mysql://h/d?password=secret", "names mysql"),
    ],
)
def test_refused(text: str, expected: str) -> None:
    with pytest.raises(DatabaseUrlError, match=expected) as caught:
        parse_server_url(text)
    assert "secret" not in str(caught.value)
    assert caught.value.hint
    assert caught.value.__cause__ is None
    hidden = caught.value.__context__ is None or caught.value.__suppress_context__
    assert hidden, "the cause may show the password"


def test_shown_hides_both_places_of_a_password() -> None:
    text = shown(parse_server_url("postgresql://u:one@h/d?password=two"))
    assert "one" not in text
    assert "two" not in text
    assert "u:***@h/d" in text
