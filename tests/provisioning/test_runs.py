"""A run's databases: made, marked, cloned, shared with workers, gone at its end."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, inspect, text

from ormthesis.core.errors import OptionError, ServerError
from ormthesis.persistence.provisioning.connect import connect
from ormthesis.persistence.provisioning.locks import live_runs
from ormthesis.persistence.provisioning.marks import list_databases, read_mark
from ormthesis.persistence.provisioning.run import Database, Run, attach_run, open_run

from .holder import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

    from ormthesis.persistence.provisioning.connect import Connection
    from ormthesis.persistence.provisioning.databases import DatabaseServer
    from ormthesis.persistence.provisioning.ledger import Ledger
    from ormthesis.persistence.server.embedded import EmbeddedServer


@pytest.fixture
def run(server_url: URL) -> Iterator[Run]:
    with open_run(server_url, base_name="provisioning") as run:
        yield run


def names_of(connection: Connection, run_id: str) -> set[str]:
    return {entry.name for entry in list_databases(connection) if run_id in entry.name}


def tables_of(database: Database) -> list[str]:
    engine = database.engine()
    try:
        return sorted(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_clones_hold_the_template_s_schema_and_nothing_of_each_other(run: Run) -> None:
    template = run.create_template(build)
    first, second = run.clone(template, "a"), run.clone(template, "b")
    engine = first.engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE more (id int)"))
    engine.dispose()
    assert tables_of(first) == ["more", "things"]
    assert tables_of(second) == ["things"]
    assert first.name == f"provisioning_{run.id}_a"


def test_every_database_of_a_run_is_marked(run: Run, admin: Connection) -> None:
    run.clone(run.create_template(build))
    run.create_database("empty")
    ours = [entry for entry in list_databases(admin) if run.id in entry.name]
    assert len(ours) == 3
    for entry in ours:
        mark = read_mark(entry.comment)
        assert mark is not None
        assert (mark.oid, mark.name, mark.run) == (entry.oid, entry.name, run.id)


def test_the_end_of_a_run_drops_all_and_unlocks(server_url: URL, admin: Connection) -> None:
    with open_run(server_url, base_name="provisioning") as run:
        run.clone(run.create_template(build))
        assert run.id in live_runs(admin)
        assert len(names_of(admin, run.id)) == 2
    assert names_of(admin, run.id) == set()
    assert run.id not in live_runs(admin)
    run.close()  # again: does nothing


def test_the_end_of_a_run_empties_the_ledger(server_url: URL, server: DatabaseServer) -> None:
    ledger: Ledger | None = server._ledger
    assert ledger is not None
    with open_run(server_url) as run:
        run.create_database()
        assert [e.run for e in ledger.entries(server.system)] == [run.id]
    assert ledger.entries(server.system) == ()


def test_a_connection_left_open_does_not_keep_a_database(
    server_url: URL, admin: Connection
) -> None:
    with open_run(server_url) as run:
        engine = run.create_database().engine()
        connection = engine.connect()
    assert names_of(admin, run.id) == set()
    connection.invalidate()
    engine.dispose()


def test_a_template_can_be_cloned_though_its_build_left_a_connection_open(run: Run) -> None:
    kept = []

    def leaky(engine: Engine) -> None:
        kept.append(engine.connect())
        build(engine)

    assert tables_of(run.clone(run.create_template(leaky))) == ["things"]
    kept[0].invalidate()
    kept[0].close()


def test_two_templates_in_one_run(run: Run) -> None:
    first = run.create_template(lambda engine: None)
    second = run.create_template(build)
    assert tables_of(run.clone(first, "a")) == []
    assert tables_of(run.clone(second, "b")) == ["things"]


class BuildError(Exception):
    pass


@pytest.mark.parametrize("error", [BuildError, KeyboardInterrupt])
def test_a_failed_build_leaves_nothing(
    run: Run, admin: Connection, error: type[BaseException]
) -> None:
    kept = []

    def fail(engine: Engine) -> None:
        build(engine)
        kept.append(engine.connect())  # which stays open
        raise error

    with pytest.raises(error):
        run.create_template(fail)
    kept[0].invalidate()
    kept[0].close()
    assert names_of(admin, run.id) == set()
    assert run.template is None


def test_dropping_early_and_twice(run: Run, admin: Connection) -> None:
    database = run.create_database()
    database.drop()
    database.drop()
    assert names_of(admin, run.id) == set()
    run.create_database()  # the name is free again


def test_a_database_that_is_no_longer_ours_is_not_dropped(run: Run, admin: Connection) -> None:
    database = run.create_database()
    name = sql.Identifier(database.name)
    admin.execute(sql.SQL("COMMENT ON DATABASE {} IS 'adopted'").format(name))
    database.drop()
    run.close()
    assert database.name in {entry.name for entry in list_databases(admin)}
    admin.execute(sql.SQL("DROP DATABASE {}").format(name))


def test_a_worker_s_name_is_used_once(run: Run, admin: Connection) -> None:
    run.create_database("a")
    with pytest.raises(ServerError, match="already exists"):
        run.create_database("a")
    assert len(names_of(admin, run.id)) == 1


def test_two_runs_at_once(server_url: URL, server: DatabaseServer) -> None:
    server.create("two_at_once_00000001_0", "00000001")  # both find the same left-over
    together = Barrier(2)

    def one(_: int) -> list[str]:
        together.wait()
        with open_run(server_url, base_name="two_at_once") as run:
            together.wait()
            template = run.create_template(build)
            databases = [run.clone(template, str(worker)) for worker in range(3)]
            together.wait()
            return [table for database in databases for table in tables_of(database)]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, range(2))) == [["things"] * 3] * 2
    assert not [e for e in list_databases(server.connection) if e.name.startswith("two_at_once_")]


def test_a_live_run_that_names_another_database_is_not_swept(
    server_url: URL, admin: Connection
) -> None:
    """Advisory locks are kept by database, so this is where trying to lock would go wrong."""
    admin.execute("CREATE DATABASE provisioning_other")
    try:
        with (
            open_run(server_url.set(database="provisioning_other")) as other,
            open_run(server_url) as run,
        ):
            other.create_database()
            with open_run(server_url):
                assert len(names_of(admin, other.id)) == 1
            assert run.id != other.id
    finally:
        admin.execute("DROP DATABASE provisioning_other")


def test_the_named_database_is_untouched_and_gives_the_base_name(
    server_url: URL, admin: Connection
) -> None:
    def picture() -> list[object]:
        with psycopg.connect(**options) as connection:
            tables = connection.execute("SELECT tablename, schemaname FROM pg_tables ORDER BY 1, 2")
            entries = [e for e in list_databases(admin) if e.name == "provisioning_named"]
            return [tables.fetchall(), entries]

    admin.execute("CREATE DATABASE provisioning_named")
    url = server_url.set(database="provisioning_named")
    options = url.get_dialect()().create_connect_args(url)[1]
    try:
        with psycopg.connect(**options) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        before = picture()
        with open_run(url) as run:
            database = run.clone(run.create_template(build), "w")
            assert database.name == f"provisioning_named_{run.id}_w"
        assert picture() == before
    finally:
        admin.execute("DROP DATABASE provisioning_named")


def test_a_worker_joins_by_handle_and_drops_only_its_own(run: Run, admin: Connection) -> None:
    run.create_template(build)
    own = run.create_database("controller")
    handle = json.loads(json.dumps(run.handle()))
    with attach_run(handle) as worker:
        assert worker.template is not None
        database = worker.clone(worker.template, "gw0")
        assert tables_of(database) == ["things"]
        assert database.name.startswith(f"provisioning_{run.id}_")
    assert names_of(admin, run.id) == {own.name, f"provisioning_{run.id}_template"}


def test_the_run_drops_what_a_dead_worker_left(server_url: URL, admin: Connection) -> None:
    with open_run(server_url) as run:
        worker = attach_run(run.handle())
        worker.create_database("gw0")
        worker._server.connection.close()  # as its death would
    assert names_of(admin, run.id) == set()


def test_a_worker_that_failed_to_create_does_not_drop_another_s(run: Run) -> None:
    database = run.create_database("gw0")
    with attach_run(run.handle()) as worker, pytest.raises(ServerError, match="already exists"):
        worker.create_database("gw0")
    assert tables_of(database) == []


def test_a_forked_child_does_not_end_the_run(run: Run, admin: Connection) -> None:
    run.create_database()
    child = os.fork()
    if child == 0:
        run.close()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(names_of(admin, run.id)) == 1
    assert run.id in live_runs(admin)


def test_handles_and_options_are_checked(server_url: URL) -> None:
    with pytest.raises(OptionError, match="handle of a run"):
        attach_run({"run": "1a2b3c4d"})
    with pytest.raises(OptionError, match="binaries"):
        open_run(server_url, binaries="/usr/bin")


def test_a_run_on_its_own_server(embedded: EmbeddedServer) -> None:
    with open_run() as run:
        assert run.base_name == "ormthesis"
        assert run.server_url != embedded.url
        folder = run.server_url.query["host"]
        with attach_run(run.handle()) as worker:
            assert tables_of(worker.clone(run.create_template(build), "gw0")) == ["things"]
    assert not os.path.exists(str(folder))
    with connect(embedded.url) as connection:  # the other live server was left alone
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
