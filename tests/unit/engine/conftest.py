"""A database for these tests; each makes in it the schema that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tester.databases import new_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database, Run


@pytest.fixture(scope="session")
def database(run: Run) -> Iterator[Database]:
    with new_database(run, "engine") as database:
        yield database
