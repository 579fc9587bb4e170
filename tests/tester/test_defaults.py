"""Defaults in columns that are unique: another row of the graph may have them already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from tests.tester.worlds import make_target, search, units

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database

LABELS = sa.Enum("some", "none", name="labels")


def test_default_that_a_parent_has_already(tester_database: Database) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "nodes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("nodes.id"), nullable=False),
        sa.Column("label", LABELS, server_default="none", unique=True, nullable=False),
    )
    target = make_target(tester_database, metadata)
    with target.world() as world:
        (unit,) = units(target, "nodes", "defaults")
        seen = search(world, unit, max_examples=120)
    assert not seen.found
    assert not seen.total.rejected_graphs
    assert seen.total.evidence["nodes.label"].accepted
