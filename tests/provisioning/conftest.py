"""Servers for the tests of provisioning: TEST_DATABASE_URL where set, else an embedded one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ormthesis.persistence.provisioning.connect import Connection, connect
from ormthesis.persistence.provisioning.databases import DatabaseServer
from ormthesis.persistence.provisioning.ledger import Ledger
from ormthesis.persistence.provisioning.urls import parse_server_url
from ormthesis.persistence.server.embedded import EmbeddedServer, start_embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL


def fast_folder() -> str:
    """A folder in memory where there is room: ext4 is slow to reuse what was just deleted."""
    memory = "/dev/shm"
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30
    return memory if roomy else "/tmp"


def use_temporary_folder(folder: str, patch: pytest.MonkeyPatch) -> None:
    """For this process and those that it starts."""
    patch.setenv("TMPDIR", folder)
    patch.setattr(tempfile, "tempdir", folder)


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedServer]:
    """One embedded server for all tests that need no server of their own."""
    with pytest.MonkeyPatch.context() as patch:
        use_temporary_folder(fast_folder(), patch)
        server = start_embedded()
    with server:
        yield server


@pytest.fixture(autouse=True)
def _temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests `tmp_path` first, so that pytest's own folders stay where they are."""
    use_temporary_folder(fast_folder(), monkeypatch)


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> URL:
    """A server on which we may create databases and roles."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        return parse_server_url(named)
    server: EmbeddedServer = request.getfixturevalue("embedded")
    return server.url


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of the test's own, inherited by the processes that it starts."""
    folder = tmp_path / "state"
    monkeypatch.setenv("ORMTHESIS_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def admin(server_url: URL) -> Iterator[Connection]:
    """A connection to look at the server from outside a run."""
    with connect(server_url) as connection:
        yield connection


@pytest.fixture
def server(server_url: URL, admin: Connection) -> DatabaseServer:
    """What makes and drops databases, without a run: for what a dead run left behind."""
    return DatabaseServer(server_url, admin, Ledger())


@pytest.fixture
def runtime_folder(_temporary_folder: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for temporary files that every user may use, and that only this test uses."""
    folder = Path(tempfile.mkdtemp(prefix="orm"))
    folder.chmod(0o1777)
    use_temporary_folder(str(folder), monkeypatch)
    yield folder
    shutil.rmtree(folder)
