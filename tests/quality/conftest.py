"""A database for shrinking in; the engine is imported by the fixture (see tests/tester)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tester.databases import new_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Run
    from tests.tester.worlds import Target


@pytest.fixture(scope="session")
def tree(run: Run) -> Iterator[Target]:
    from tests.quality.tree import Base
    from tests.tester.worlds import make_target

    with new_database(run, "quality") as database:
        yield make_target(database, Base)
