"""ON DELETE actions that differ between models and database, or between models and ORM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tester.weakening import replaced
from tests.tester.worlds import passes, sweep, units

if TYPE_CHECKING:
    from ormthesis.engine.world import World
    from ormthesis.invariants.failure import Failure
    from tests.tester.worlds import Target

ACTIONS = ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION")
DECLARED = {
    "labels": "CASCADE",
    "boxes": "SET NULL",
    "locks": "RESTRICT",
    "counts": "NO ACTION",
}
# Both refuse as long as a row refers to the deleted one.
ALIKE = {"RESTRICT", "NO ACTION"}
CHANGES = [
    (table, action)
    for table, declared in DECLARED.items()
    for action in ACTIONS
    if action != declared and not {action, declared} <= ALIKE
]


def change(table: str, action: str) -> tuple[str, str]:
    key = f"fk_{table}_shelf"
    return replaced(table, key, f"FOREIGN KEY (shelf_id) REFERENCES shelves ON DELETE {action}")


def blames(failure: Failure, table: str) -> bool:
    """Whether the failing case holds rows of this table and its shelf, and nothing else."""
    return {draft.table for draft in failure.case.graph.drafts} <= {"shelves", table}


@pytest.mark.parametrize(("table", "action"), CHANGES)
def test_changed_action_is_found(
    store: Target, intact_store: World, table: str, action: str
) -> None:
    """By SQL and, since no relationship interferes, through the ORM alike."""
    with store.world(*change(table, action)) as world:
        failures = sweep(world, units(store, "shelves"))
    assert {failure.invariant for failure in failures} == {"delete-sql", "delete-orm"}
    assert {failure.subject for failure in failures} == {"shelves"}
    assert all(blames(failure, table) for failure in failures)
    assert passes(intact_store, failures)


@pytest.mark.parametrize(("table", "action"), DECLARED.items())
def test_declared_action_passes(store: Target, table: str, action: str) -> None:
    with store.world(*change(table, action)) as world:
        assert sweep(world, units(store, "shelves")) == []


@pytest.mark.parametrize(
    ("table", "key", "parent", "action"),
    [
        ("commands", "agent_id", "agents", "SET NULL"),
        ("turns", "command_id", "commands", "RESTRICT"),
        ("turns", "answered_by_turn_id", "turns", "CASCADE"),
        ("events", "turn_id", "turns", "CASCADE"),
        ("objective_histories", "objective_id", "objectives", "NO ACTION"),
    ],
)
def test_changed_action_of_the_reference_domain(
    headspace: Target, intact_headspace: World, table: str, key: str, parent: str, action: str
) -> None:
    name = f"fk_{table}_{key}_{parent}"
    ddl = replaced(table, name, f"FOREIGN KEY ({key}) REFERENCES {parent} ON DELETE {action}")
    with headspace.world(*ddl) as world:
        failures = sweep(world, units(headspace, parent, "delete-sql"), max_examples=1)
    found = [failure for failure in failures if explains(failure, table)]
    assert {failure.subject for failure in found} == {parent}
    assert passes(intact_headspace, found)


def explains(failure: Failure, table: str) -> bool:
    """Whether the difference, or the rule that refused, is about rows of this table."""
    labels = {draft.ref for draft in failure.case.graph.of_table(table)}
    return any(difference.ref in labels for difference in failure.mismatch.differences) or bool(
        failure.fired and failure.fired.startswith(f"{table}.")
    )
