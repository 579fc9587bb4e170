"""Runs do not disturb each other, leave nothing behind and touch nothing that is not theirs."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError

from ormthesis.demo.headspace import Base, Project
from ormthesis.persistence.provisioning.locks import LOCK_CLASS
from ormthesis.persistence.provisioning.run import open_run
from tests.integration.factories import ProjectFactory, bind_factories
from tests.integration.pytest_process import INNER, HeldPytest, held_pytest, run_pytest
from tests.integration.run_plugin import BASE_NAME
from tests.integration.sessions import joined_session, rolled_back_connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

    from ormthesis.persistence.provisioning.run import Run


@pytest.fixture(scope="module")
def url(run: Run) -> URL:
    """The server that this run uses; its database is the named one."""
    return run.server_url


@pytest.fixture
def server(url: URL) -> Iterator[Connection]:
    """A connection to the named database, in autocommit mode."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def databases_of(server: Connection, run_id: str) -> set[str]:
    found = server.scalars(
        text("SELECT datname FROM pg_database WHERE datname LIKE '%' || :run || '%'"),
        {"run": run_id},
    )
    return set(found)


def await_death(server: Connection, run_id: str) -> None:
    """Wait until the server has noticed the end of a run: until the run's lock can be taken."""
    server.execute(text("SET lock_timeout = '30s'"))
    lock = {"class": LOCK_CLASS, "id": int.from_bytes(bytes.fromhex(run_id), signed=True)}
    server.execute(text("SELECT pg_advisory_lock(:class, :id)"), lock)
    server.execute(text("SELECT pg_advisory_unlock(:class, :id)"), lock)


def next_run(url: URL) -> None:
    """Open and close a run, which begins with dropping what killed runs left behind."""
    with open_run(url, base_name=BASE_NAME):
        pass


def kill(held: HeldPytest, server: Connection) -> None:
    assert held.database in databases_of(server, held.run_id)
    held.signal_group(signal.SIGKILL)
    await_death(server, held.run_id)


@pytest.mark.slow
def test_two_runs_at_once(url: URL, server: Connection) -> None:
    with held_pytest(url) as first, held_pytest(url) as second:
        assert first.run_id != second.run_id
        assert first.database in databases_of(server, first.run_id)
        assert second.database in databases_of(server, second.run_id)
        first.end()
        assert databases_of(server, first.run_id) == set()
        assert second.database in databases_of(server, second.run_id)
        second.end()
        assert databases_of(server, second.run_id) == set()


@pytest.mark.slow
def test_four_workers_have_a_database_each(url: URL, server: Connection, tmp_path: Path) -> None:
    """`-n 4` passes: with `--dist each` every worker runs all tests and records its database."""
    tests = (f"{INNER}::test_record", "tests/integration/test_persistence_flow.py")
    run_pytest(url, *tests, "-n4", "--dist=each", RECORDS=str(tmp_path))
    databases = {path.name for path in tmp_path.iterdir()}
    run_ids = {name.split("_")[-2] for name in databases}
    assert {name.split("_")[-1] for name in databases} == {"gw0", "gw1", "gw2", "gw3"}
    assert len(run_ids) == 1
    assert databases_of(server, *run_ids) == set()


@pytest.mark.slow
def test_idle_connection_to_left_over_does_not_block(
    url: URL, server: Connection, tmp_path: Path
) -> None:
    with held_pytest(url) as held:
        left_over = url.set(database=held.database, drivername="postgresql")
        with psycopg.connect(left_over.render_as_string(hide_password=False)) as idle:
            idle.execute("SELECT 1")
            kill(held, server)
            run_pytest(url, f"{INNER}::test_record", RECORDS=str(tmp_path))
            assert databases_of(server, held.run_id) == set()
            with pytest.raises(psycopg.OperationalError):
                idle.execute("SELECT 1")


def test_after_sigkill_the_next_run_cleans_up(url: URL, server: Connection) -> None:
    with held_pytest(url) as held:
        kill(held, server)
        next_run(url)
        assert databases_of(server, held.run_id) == set()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_signalled_run_cleans_up_itself(url: URL, server: Connection, name: str) -> None:
    """SIGINT is what Ctrl-C sends."""
    with held_pytest(url) as held:
        assert held.database in databases_of(server, held.run_id)
        assert held.signal_group(signal.Signals[name]) != 0
        assert databases_of(server, held.run_id) == set()


def contents_of(url: URL, database: str) -> list[Any]:
    """Identity, comment and tables of a database."""
    engine = create_engine(url.set(database=database))
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT oid, datname, shobj_description(oid, 'pg_database'),"
                " ARRAY(SELECT c.oid::int || c.relname FROM pg_class AS c"
                "  WHERE relnamespace <> ALL(ARRAY(SELECT oid FROM pg_namespace"
                "   WHERE nspname ~ '^pg_')) ORDER BY 1)"
                " FROM pg_database WHERE datname = current_database()"
            )
        ).one()
    engine.dispose()
    return list(found)


@pytest.fixture
def stranger(server: Connection, url: URL, run: Run, worker: str) -> Iterator[str]:
    """Somebody's database, with a name like ours, a table and no mark."""
    name = f"{BASE_NAME}_stranger{run.id}_{worker}"
    server.exec_driver_sql(f'CREATE DATABASE "{name}"')
    engine = create_engine(url.set(database=name))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id integer)")
    engine.dispose()
    yield name
    server.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_other_databases_are_intact(url: URL, server: Connection, stranger: str) -> None:
    """The named database and one without our mark, through a killed run and two more."""
    named = str(url.database)
    before = contents_of(url, named), contents_of(url, stranger)
    with held_pytest(url) as held:
        kill(held, server)
    next_run(url)
    next_run(url)
    assert (contents_of(url, named), contents_of(url, stranger)) == before
    assert "kept" in str(before)


def test_failed_create_all_leaves_nothing(url: URL, server: Connection) -> None:
    def fail_after_create_all(engine: Engine) -> None:
        Base.metadata.create_all(engine)
        raise RuntimeError("no more tables")

    with open_run(url, base_name=BASE_NAME) as run:
        with pytest.raises(RuntimeError, match="no more tables"):
            run.create_template(fail_after_create_all)
        assert databases_of(server, run.id) == set()
        run.create_template(Base.metadata.create_all)
        assert databases_of(server, run.id) != set()


def test_caught_integrity_error_leaks_nothing(engine: Engine) -> None:
    """One test catches a refusal, rolls back and even commits; the next one sees no row of it."""
    with rolled_back_connection(engine) as connection, joined_session(connection) as session:
        bind_factories(session)
        project = ProjectFactory()
        session.commit()
        with pytest.raises(IntegrityError):
            ProjectFactory(path=project.path)
        session.rollback()
        ProjectFactory()
        session.commit()
        assert len(session.scalars(select(Project)).all()) == 2
    with rolled_back_connection(engine) as connection, joined_session(connection) as session:
        bind_factories(session)
        assert session.scalars(select(Project)).all() == []
        ProjectFactory(path=project.path)
    bind_factories(None)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "2"])
def test_passes_in_random_order(url: URL, seed: str) -> None:
    tests = ("test_factories.py", "test_persistence_flow.py", "test_model_constraints.py")
    run_pytest(url, "--randomly-seed", seed, *(f"tests/integration/{name}" for name in tests))


@pytest.mark.slow
def test_passes_together_with_the_unit_tests(url: URL) -> None:
    """In one process, in mixed order."""
    unit_tests = ("tests/unit/config", "tests/unit/schema")
    run_pytest(url, *unit_tests, "tests/integration/test_persistence_flow.py")
