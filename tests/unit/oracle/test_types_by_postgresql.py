"""PostgreSQL judges every type: what is drawn is taken, and comes back as predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tester.worlds import make_target, sweep, units
from tests.unit.oracle.every_type import Base

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database


def test_values_of_every_type_are_taken_and_come_back(database: Database) -> None:
    """Edges and drawn values, by SQL and through the ORM."""
    target = make_target(database, Base)
    assert not target.context.schema.untestable
    with target.world() as world:
        chosen = units(target, "things", "accepted", "round-trip")
        assert sweep(world, chosen, max_examples=60) == []
