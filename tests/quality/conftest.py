"""A database for shrinking in; the engine is imported by the fixture (see tests/tester)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Run
    from tests.tester.worlds import Target


@pytest.fixture(scope="session")
def tree(run: Run) -> Iterator[Target]:
    from tests.quality.tree import Base
    from tests.tester.worlds import make_target

    worker = os.environ.get("PYTEST_XDIST_WORKER", "0")
    database = run.create_database(f"{worker}_quality")
    yield make_target(database, Base)
    database.drop()
