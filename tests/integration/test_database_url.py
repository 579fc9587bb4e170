"""Where the URL of the server comes from, and that `make_url` reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.core.errors import DatabaseUrlError
from tests.integration.database_url import URL_VARIABLE, database_url

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURED = '[tool.ormthesis]\nurl = "postgresql://configured/shop"\n'


@pytest.fixture
def project_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    (tmp_path / "pyproject.toml").write_text(CONFIGURED)
    return tmp_path


def test_variable_comes_first(project_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "postgresql://variable/shop")
    url = database_url(project_folder)
    assert url is not None
    assert url.host == "variable"


@pytest.mark.parametrize("value", [None, ""])
def test_configuration_comes_second(
    project_folder: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv(URL_VARIABLE, value)
    url = database_url(project_folder)
    assert url is not None
    assert url.host == "configured"


def test_else_the_embedded_server(project_folder: Path) -> None:
    (project_folder / "pyproject.toml").write_text("")
    assert database_url(project_folder) is None


def test_query_socket_and_odd_password(
    project_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, "postgresql://me:p%40%2F%3A%25@/shop?host=/run/pg&port=5433")
    url = database_url(project_folder)
    assert url is not None
    assert url.password == "p@/:%"
    assert url.database == "shop"
    assert url.query == {"host": "/run/pg", "port": "5433"}


def test_no_postgresql(project_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "mysql://localhost/shop")
    with pytest.raises(DatabaseUrlError):
        database_url(project_folder)
