"""No server, no access, no rights: one clear message each, without the password."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import psycopg
import pytest

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.connect import connect, connection_error
from ormthesis.persistence.provisioning.marks import list_databases
from ormthesis.persistence.provisioning.run import open_run
from ormthesis.persistence.provisioning.urls import parse_server_url

from .processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

    from ormthesis.persistence.provisioning.connect import Connection
    from ormthesis.persistence.server.embedded import EmbeddedServer


@pytest.fixture
def guarded_role(embedded: EmbeddedServer) -> Iterator[str]:
    """A role whose password the embedded server asks for."""
    rules = embedded.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    plain = embedded.url.set(username="guarded")
    with connect(embedded.url) as admin:
        admin.execute("CREATE ROLE guarded LOGIN CREATEDB PASSWORD 'right'")
        rules.write_text(f"local all guarded scram-sha-256\n{before}")
        admin.execute("SELECT pg_reload_conf()")
        wait_until(lambda: asks_for_password(plain), "the server has read its new rules")
        yield "guarded"
        rules.write_text(before)
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("DROP ROLE guarded")


def asks_for_password(url: URL) -> bool:
    try:
        connect(url).close()
    except ServerError:
        return True
    return False


def test_an_unreachable_server() -> None:
    with socket.socket() as taken:  # bound but not listening: every connection is refused
        taken.bind(("127.0.0.1", 0))
        url = parse_server_url(f"postgresql://u:secret@127.0.0.1:{taken.getsockname()[1]}/d")
        with pytest.raises(ServerError, match="is not reachable") as caught:
            open_run(url)
    assert "secret" not in str(caught.value)
    assert "embedded server" in caught.value.hint


def test_a_socket_that_is_not_there() -> None:
    with pytest.raises(ServerError, match="is not reachable"):
        open_run(parse_server_url("postgresql:///d?host=/no/such/folder"))


def test_a_wrong_password(embedded: EmbeddedServer, guarded_role: str) -> None:
    url = embedded.url.set(username=guarded_role)
    with pytest.raises(ServerError, match="refused the password of 'guarded'") as caught:
        open_run(url.set(password="sesame"))
    assert "sesame" not in str(caught.value)
    with pytest.raises(ServerError, match="asks for a password of 'guarded'"):
        open_run(url)
    with open_run(url.set(password="right")) as run:
        run.create_database()
        assert run.handle()["server_url"].count("right") == 1


def test_a_missing_database(server_url: URL) -> None:
    with pytest.raises(ServerError, match="has no database 'not_there'") as caught:
        open_run(server_url.set(database="not_there"))
    assert "createdb" in caught.value.hint


def test_a_missing_role(embedded: EmbeddedServer) -> None:
    with pytest.raises(ServerError, match="has no role 'nobody_here'"):
        open_run(embedded.url.set(username="nobody_here"))


def test_any_other_refusal_is_shown_as_the_server_says_it(server_url: URL) -> None:
    error = psycopg.OperationalError("connection failed: FATAL:  no pg_hba.conf entry for host")
    assert "no pg_hba.conf entry for host" in connection_error(server_url, error).message


def test_a_role_that_may_not_create_databases(server_url: URL, admin: Connection) -> None:
    role = f"plain_{os.getpid()}"
    admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'pw'".encode())
    try:
        with pytest.raises(ServerError, match="may not create databases") as caught:
            open_run(server_url.set(username=role, password="pw"), base_name=role)
        assert f'ALTER ROLE "{role}" CREATEDB' in caught.value.hint
        # By its own name: tests in other processes make databases on the same server.
        assert not [entry for entry in list_databases(admin) if role in entry.name]
    finally:
        admin.execute(f"DROP ROLE {role}".encode())
