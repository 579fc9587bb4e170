"""Keys in circles: rows that need one another, and columns that have their values from one another.

They are drawn, nothing is reported that is not so, and a key that is gone is missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from tests.tester.worlds import make_target, search, units

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

BUT = ("delete-agreement", "range", "round-trip", "relationships")


def whole(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, autoincrement=False, **options)


def referring(columns: list[str], to: list[str], name: str, **more: Any) -> Any:
    return sa.ForeignKeyConstraint(columns, to, name=name, **more)


def pairs() -> sa.MetaData:
    """Each row of one table has a partner in the other, and is that one's partner."""
    metadata = sa.MetaData()
    sa.Table(
        "keys",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        whole("lock_id", nullable=False, unique=True),
        referring(["lock_id"], ["locks.id"], "fk_lock", use_alter=True),
    )
    sa.Table(
        "locks",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        whole("key_id", nullable=False, unique=True),
        referring(["key_id"], ["keys.id"], "fk_key"),
    )
    return metadata


def papers(*, nullable: bool) -> sa.MetaData:
    """A paper's key is part of its reference to the newest of its own versions."""
    metadata = sa.MetaData()
    sa.Table(
        "papers",
        metadata,
        whole("id", primary_key=True),
        whole("newest", nullable=nullable),
        referring(
            ["id", "newest"], ["versions.paper_id", "versions.number"], "fk_newest", use_alter=True
        ),
    )
    sa.Table(
        "versions",
        metadata,
        whole("paper_id", primary_key=True),
        whole("number", primary_key=True),
        referring(["paper_id"], ["papers.id"], "fk_paper"),
    )
    return metadata


def shared() -> sa.MetaData:
    """An owner's key is that of its first house; every house has an owner."""
    metadata = sa.MetaData()
    sa.Table(
        "owners",
        metadata,
        whole("id", primary_key=True),
        referring(["id"], ["houses.id"], "fk_house", use_alter=True),
    )
    sa.Table(
        "houses",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        whole("owner_id", nullable=False),
        referring(["owner_id"], ["owners.id"], "fk_owner"),
    )
    return metadata


CIRCLES = {
    "shared": (shared(), {"owners": "fk_house", "houses": "fk_owner"}),
    "pairs": (pairs(), {"keys": "fk_lock", "locks": "fk_key"}),
    "newest": (papers(nullable=True), {"papers": "fk_newest", "versions": "fk_paper"}),
    "needed": (papers(nullable=False), {"papers": "fk_newest", "versions": "fk_paper"}),
}


@pytest.fixture(scope="module", params=CIRCLES)
def circle(request: pytest.FixtureRequest, tester_database: Database) -> tuple[Target, str]:
    return make_target(tester_database, CIRCLES[request.param][0]), request.param


def test_every_rule_is_proved(circle: tuple[Target, str]) -> None:
    target, name = circle
    with target.world() as world:
        for table in CIRCLES[name][1]:
            for unit in units(target, table, but=BUT):
                seen = search(world, unit, max_examples=8)
                assert not seen.found, unit.id
                assert seen.total.rejected_graphs == 0, unit.id
                for subject in unit.subjects if unit.invariant.id in PROVED else ():
                    evidence = seen.total.evidence[subject]
                    assert evidence.accepted, subject
                    assert evidence.refused, subject


PROVED = ("not-null", "primary-key", "unique", "foreign-key")


def test_a_table_of_one_row_says_why_its_keys_are_not_tested(tester_database: Database) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "settings",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(5), nullable=False, unique=True),
        sa.CheckConstraint("kind = 'main'"),
    )
    target = make_target(tester_database, metadata)
    for unit in units(target, "settings", "primary-key", "unique"):
        assert not unit.subjects
        assert set(dict(unit.reasons).values()) == {
            "CHECKs leave one of the table's keys a single value: there is no second row"
        }


def test_a_key_that_is_gone_is_missed(circle: tuple[Target, str]) -> None:
    target, name = circle
    for table, key in CIRCLES[name][1].items():
        (unit,) = units(target, table, "foreign-key")
        with target.world(f"ALTER TABLE {table} DROP CONSTRAINT {key}") as world:
            failures = [failure for failure, _ in search(world, unit).found.values()]
        (declared,) = target.context.schema.by_key[table].foreign_keys
        assert declared.id in {failure.subject for failure in failures}
