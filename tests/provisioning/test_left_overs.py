"""What killed runs leave behind goes; what is not ours stays, whatever it looks like."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from ormthesis.persistence.provisioning.connect import connect
from ormthesis.persistence.provisioning.databases import DatabaseServer
from ormthesis.persistence.provisioning.ledger import Entry, Ledger
from ormthesis.persistence.provisioning.locks import live_runs
from ormthesis.persistence.provisioning.marks import Mark, list_databases, write_mark
from ormthesis.persistence.provisioning.run import open_run

from .processes import SECONDS, holder, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

    from ormthesis.persistence.provisioning.connect import Connection
    from ormthesis.persistence.server.embedded import EmbeddedServer

DEAD = "0dead000"
NAME = f"left_{DEAD}_0"


@pytest.fixture(scope="session")
def server_url(embedded: EmbeddedServer) -> URL:
    """A server of our own: on a shared one another run could drop a left-over at any moment."""
    return embedded.url


@pytest.fixture(autouse=True)
def _no_trace(admin: Connection) -> Iterator[None]:
    """Drop what a test keeps on purpose."""
    yield
    for entry in list_databases(admin):
        if DEAD in entry.name or entry.name.startswith("foreign"):
            admin.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(entry.name))
            )


def names(connection: Connection) -> set[str]:
    return {entry.name for entry in list_databases(connection)}


def text_of(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def create(connection: Connection, name: str, oid: int | None = None) -> int:
    """A database made by somebody else; its OID."""
    clause = f" OID {oid}" if oid else ""
    connection.execute(f'CREATE DATABASE "{name}"{clause}'.encode())
    return next(entry.oid for entry in list_databases(connection) if entry.name == name)


def note(server: DatabaseServer, oid: int | None, system: str | None = None) -> None:
    """What a run does before it creates a database."""
    Ledger().add(Entry(system=system or server.system, name=NAME, oid=oid, run=DEAD))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up_itself(
    server_url: URL, admin: Connection, number: signal.Signals
) -> None:
    with holder("run", text_of(server_url)) as held:
        assert held.facts["clone"] in names(admin)
        held.process.send_signal(number)
        _, stderr = held.process.communicate(timeout=30)
    assert held.process.returncode != 0
    assert ("Terminated" if number == signal.SIGTERM else "KeyboardInterrupt") in stderr
    assert not [name for name in names(admin) if held.facts["run"] in name]


def test_what_a_killed_run_left_is_dropped_by_the_next(server_url: URL, admin: Connection) -> None:
    with holder("run", text_of(server_url)) as held:
        held.process.kill()
        held.process.wait(timeout=SECONDS)
    run_id = held.facts["run"]
    left = {name for name in names(admin) if run_id in name}
    assert len(left) == 2
    wait_until(lambda: run_id not in live_runs(admin), "the server sees that the client is gone")
    with open_run(server_url) as run:
        assert {name for name, reason in run.left_overs.items() if reason is None} >= left
        assert not left & names(admin)


def test_killed_between_creation_and_mark(server_url: URL, admin: Connection) -> None:
    """A clone has tables and no mark yet: only the ledger tells that it is ours."""
    with holder("die-unmarked", text_of(server_url)) as held:
        assert held.process.wait(timeout=SECONDS) == -signal.SIGKILL
    run_id = held.facts["run"]
    unmarked = [e for e in list_databases(admin) if run_id in e.name and e.comment is None]
    assert [entry.name for entry in unmarked] == [f"held_{run_id}_0"]
    wait_until(lambda: run_id not in live_runs(admin), "the server sees that the client is gone")
    with open_run(server_url):
        assert not [name for name in names(admin) if run_id in name]
    assert Ledger().path.read_text().count(run_id) == 0


def test_a_live_run_in_another_process_is_left_alone(server_url: URL, admin: Connection) -> None:
    with holder("run", text_of(server_url)) as held:
        with open_run(server_url):
            assert held.facts["clone"] in names(admin)
        assert held.facts["clone"] in names(admin)


def test_an_idle_foreign_connection_does_not_block(server_url: URL, server: DatabaseServer) -> None:
    server.create(NAME, DEAD)
    foreign = connect(server_url.set(database=NAME))
    with open_run(server_url) as run:
        assert run.left_overs[NAME] is None
        assert NAME not in names(server.connection)
    foreign.close()


def test_a_renamed_database_is_kept(server_url: URL, server: DatabaseServer) -> None:
    server.create(NAME, DEAD)
    server.connection.execute(f'ALTER DATABASE "{NAME}" RENAME TO foreign_renamed'.encode())
    with open_run(server_url):
        assert "foreign_renamed" in names(server.connection)


@pytest.mark.parametrize("part", ["oid", "system"])
def test_a_copied_mark_is_no_mark(server_url: URL, server: DatabaseServer, part: str) -> None:
    """As after a restored dump, which carries the comment into another database or server."""
    oid = create(server.connection, NAME)
    mark = Mark(system=server.system, oid=oid, name=NAME, run=DEAD)
    write_mark(
        server.connection,
        replace(mark, oid=oid + 1) if part == "oid" else replace(mark, system="1"),
    )
    with open_run(server_url):
        assert NAME in names(server.connection)


def test_the_genuine_mark_is_enough(server_url: URL, server: DatabaseServer) -> None:
    """The counterpart of the test above: only the changed part kept that database."""
    oid = create(server.connection, NAME)
    write_mark(server.connection, Mark(system=server.system, oid=oid, name=NAME, run=DEAD))
    with open_run(server_url):
        assert NAME not in names(server.connection)


def test_an_unmarked_database_is_kept(server_url: URL, admin: Connection) -> None:
    create(admin, NAME)
    create(admin, "foreign")
    with open_run(server_url):
        assert {NAME, "foreign"} <= names(admin)


@pytest.mark.parametrize(
    ("announced", "tables", "kept"),
    [
        ("same oid", False, False),
        ("same oid", True, False),
        ("other oid", False, True),
        ("no oid", False, False),
        ("no oid", True, True),
        ("other server", False, True),
        ("commented", False, True),
    ],
)
def test_an_unmarked_database_in_the_ledger(
    server_url: URL, server: DatabaseServer, announced: str, tables: bool, kept: bool
) -> None:
    oid = create(server.connection, NAME)
    noted = {"no oid": None, "other oid": oid + 1}.get(announced, oid)
    note(server, noted, "1" if announced == "other server" else None)
    if announced == "commented":
        server.connection.execute(f"COMMENT ON DATABASE \"{NAME}\" IS 'adopted'".encode())
    if tables:
        with connect(server_url.set(database=NAME)) as connection:
            connection.execute("CREATE TABLE kept (id int)")
    with open_run(server_url):
        assert (NAME in names(server.connection)) is kept


def test_entries_of_databases_that_are_gone_are_forgotten(
    server_url: URL, server: DatabaseServer
) -> None:
    note(server, 1_234_567_890)
    with open_run(server_url):
        assert Ledger().entries(server.system) == ()


def test_a_left_over_that_cannot_be_dropped_is_told_and_does_not_stop_the_run(
    embedded: EmbeddedServer,
) -> None:
    """Here because it belongs to another role."""
    role = f"left_{os.getpid()}"
    with connect(embedded.url) as admin:
        server = DatabaseServer(embedded.url, admin, Ledger())
        admin.execute(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'pw'".encode())
        server.create(NAME, DEAD)  # owned by the administrator, not by the role
        try:
            with open_run(embedded.url.set(username=role, password="pw")) as run:
                reason = run.left_overs[NAME]
                assert reason is not None
                assert "must be owner" in reason
                run.create_database()
            assert NAME in names(admin)
        finally:
            server.drop(NAME)
            admin.execute(f"DROP ROLE {role}".encode())
