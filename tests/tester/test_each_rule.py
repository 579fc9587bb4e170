"""Each kind of rule, dropped or weakened in the database: found by name, and nothing else is.

The models stay as they are. The same cases on the declared schema pass again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tester.store_weakenings import FOREIGN_KEYS, WEAKENINGS
from tests.tester.worlds import passes, sweep, units

if TYPE_CHECKING:
    from ormthesis.engine.world import World
    from tests.tester.weakening import Weakening
    from tests.tester.worlds import Target


# Deletes through the ORM depend on keys to other rows, not on the rules of one.
SLOW = ("delete-orm", "delete-agreement")


@pytest.mark.parametrize("weakening", WEAKENINGS, ids=str)
def test_weakened_rule_is_reported_by_name(
    store: Target, intact_store: World, weakening: Weakening
) -> None:
    with store.world(*weakening.ddl) as world:
        without = () if weakening in FOREIGN_KEYS else SLOW
        failures = sweep(world, units(store, weakening.table, but=without))
    found = {(failure.invariant, failure.subject) for failure in failures}
    assert weakening.finds <= found <= weakening.finds | weakening.allows
    assert passes(intact_store, failures)


@pytest.mark.parametrize("table", ["suppliers", "products", "shelves", "counts"])
def test_declared_schema_passes(store: Target, table: str) -> None:
    with store.world() as world:
        assert sweep(world, units(store, table), max_examples=10) == []
