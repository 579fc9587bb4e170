"""The store of `tests.tester` in a database of its own, as the sandbox sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tester.databases import new_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.world import World
    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target


@pytest.fixture(scope="session")
def database(run: Run) -> Iterator[Database]:
    with new_database(run, "persistence") as database:
        yield database


@pytest.fixture(scope="session")
def store(database: Database) -> Target:
    from tests.tester.store import Base
    from tests.tester.worlds import make_target

    return make_target(database, Base)


@pytest.fixture
def world(store: Target) -> Iterator[World]:
    with store.world() as world:
        yield world
