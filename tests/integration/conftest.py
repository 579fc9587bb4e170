"""Fixtures: a database per worker for the session, a rolled-back session per test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.integration.factories import bind_factories
from tests.integration.sessions import joined_session, rolled_back_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session

    from ormthesis.persistence.provisioning.run import Database, Run


@pytest.fixture(scope="session")
def worker() -> str:
    """Name of this pytest-xdist worker, `0` without pytest-xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "0")


@pytest.fixture(scope="session")
def database(run: Run, worker: str) -> Iterator[Database]:
    """This worker's own database with all tables; dropped at the end."""
    database = run.clone(run.template, worker)
    yield database
    database.drop()


@pytest.fixture(scope="session")
def engine(database: Database) -> Iterator[Engine]:
    """An engine for this worker's database."""
    engine = database.engine()
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction is rolled back after the test."""
    with rolled_back_connection(engine) as connection:
        yield connection


@pytest.fixture
def new_session(connection: Connection) -> Iterator[Callable[[], Session]]:
    """Opens further sessions in the test's transaction, each with a fresh identity map."""
    opened: list[Session] = []

    def open_session() -> Session:
        opened.append(joined_session(connection))
        return opened[-1]

    yield open_session
    for session in opened:
        session.close()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """The test's session, in which the factories write. Everything is rolled back afterwards."""
    with joined_session(connection) as session:
        bind_factories(session)
        yield session
        bind_factories(None)
