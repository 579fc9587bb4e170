"""One database per target and worker; each test makes its schema anew in it.

The engine is imported by the fixtures and not here: importing it reads Hypothesis's tables of
characters, which Hypothesis asks not to do while pytest loads its first conftest.py files.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target


@pytest.fixture(scope="session")
def tester_database(run: Run) -> Iterator[Database]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "0")
    database = run.create_database(f"{worker}_tester")
    yield database
    database.drop()


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
