"""A key that nobody declared is found by the enumerated cases alone, whatever it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ormthesis.engine.company import Company
from tests.tester.databases import new_database
from tests.tester.worlds import SEED, make_target, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Run
    from tests.tester.worlds import Target

METADATA = sa.MetaData()
sa.Table("halls", METADATA, sa.Column("id", sa.Integer, primary_key=True))
sa.Table(
    "shelves",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hall_id", sa.ForeignKey("halls.id"), nullable=False),
)
sa.Table(
    "books",
    METADATA,
    sa.Column("shelf_id", sa.ForeignKey("shelves.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("isbn", sa.String(13), unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("pages", sa.Integer, sa.CheckConstraint("pages > 10")),
    sa.Column("lent_to", sa.Text),
    sa.Column("lost_on", sa.Date),
    sa.Column("old_hall", sa.ForeignKey("halls.id")),
    sa.Column("old_shelf", sa.ForeignKey("shelves.id")),
    sa.Column("volume", sa.Integer),
    sa.CheckConstraint("num_nonnulls(lent_to, lost_on) < 2", name="not_both"),
    sa.CheckConstraint("old_hall IS NULL OR old_shelf IS NULL", name="one_place"),
)
sa.Table(
    "notes",
    METADATA,
    sa.Column("text", sa.Text),
    sa.Column("stars", sa.SmallInteger),
)
sa.Table(
    "boxes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("inside", sa.ForeignKey("boxes.id")),
    sa.Column("colour", sa.Text),
)


@pytest.fixture(scope="module")
def library(run: Run) -> Iterator[Target]:
    with new_database(run, "library") as database:
        yield make_target(database, METADATA)


def boundary_findings(library: Target, table: str, *ddl: str) -> set[str]:
    """The constraints that the server named, refusing rows of the boundary phase."""
    (unit,) = units(library, table, "accepted")
    with library.world(*ddl) as world:
        company = Company(world, (unit,), seed=SEED)
        company.boundary()
    failures = [failure for failure, _ in company.searches[0].found.values()]
    return {failure.fingerprint.split(" | ")[-1] for failure in failures}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("books", "title"),
        ("books", "pages"),
        ("books", "volume"),
        ("books", "pages, title, volume"),
        ("books", "lent_to"),
        ("books", "lost_on"),
        ("books", "lost_on, pages"),
        ("books", "old_hall"),
        ("books", "old_shelf"),
        ("books", "old_shelf, lent_to"),
        # Parts of the declared key, with and without a column of none.
        ("books", "shelf_id"),
        ("books", "place"),
        ("books", "shelf_id, title"),
        ("books", "place, title"),
        ("books", "place, volume, old_hall"),
        ("notes", "text"),
        ("notes", "stars"),
        ("notes", "stars, text"),
        ("boxes", "inside"),
        ("boxes", "colour"),
        ("boxes", "inside, colour"),
        ("shelves", "hall_id"),
    ],
)
def test_undeclared_key(library: Target, table: str, columns: str) -> None:
    ddl = f"ALTER TABLE {table} ADD CONSTRAINT extra UNIQUE ({columns})"
    assert boundary_findings(library, table, ddl) == {"extra"}


@pytest.mark.parametrize("table", ["books", "notes", "boxes", "shelves"])
def test_as_declared(library: Target, table: str) -> None:
    assert boundary_findings(library, table) == set()
