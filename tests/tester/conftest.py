"""One database per target and worker; each test makes its schema anew in it.

The engine is imported by the fixtures and not here: importing it reads Hypothesis's tables of
characters, which Hypothesis asks not to do while pytest loads its first conftest.py files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.tester.databases import new_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.world import World
    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target


@pytest.fixture(scope="session")
def tester_database(run: Run) -> Iterator[Database]:
    with new_database(run, "tester") as database:
        yield database


@pytest.fixture(scope="session")
def store(tester_database: Database) -> Target:
    from tests.tester.store import Base
    from tests.tester.worlds import make_target

    return make_target(tester_database, Base)


@pytest.fixture(scope="session")
def headspace(tester_database: Database) -> Target:
    from ormthesis.demo.headspace import Base
    from tests.tester.worlds import make_target

    return make_target(tester_database, Base)


@pytest.fixture(scope="session")
def intact_store(run: Run, store: Target) -> Iterator[World]:
    """The store's tables as declared: what fails elsewhere has to pass here."""
    with new_database(run, "store") as database, replace(store, database=database).world() as world:
        yield world


@pytest.fixture(scope="session")
def intact_headspace(run: Run, headspace: Target) -> Iterator[World]:
    """As above, for the reference domain."""
    from tests.tester.worlds import steady_world

    with (
        new_database(run, "headspace") as database,
        steady_world(replace(headspace, database=database)) as world,
    ):
        yield world
