"""The samples of the documentation are what Ormthesis reports today."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.unit.docs.pages import named
from tests.unit.docs.samples import PAGES, documented, reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database, Run


@pytest.fixture(scope="module")
def database(run: Run) -> Iterator[Database]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "0")
    database = run.create_database(f"{worker}_docs")
    yield database
    database.drop()


# SQLAlchemy warns about the relationship that the page about relationships is about.
@pytest.mark.filterwarnings("ignore:Multiple rows returned:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_sample_is_what_is_reported(page, database):
    sample = documented(page)
    found = reports(sample, database)
    assert sample.report in found, "`python -m tests.unit.docs.refresh` writes the samples anew"
