"""PostgreSQL judges what the oracle says of deletes and of key updates: drawn schemas, drawn rows,
committed.

The one difference that may occur is of the class `action-order`, which is PostgreSQL's own: the
declared actions clear or remove the row, but the server checks it before their turn has come. A
`contradiction` is none: it is refused as predicted, and is a finding about the declarations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings

from ormthesis.oracle.judge import Verdict
from tests.tester.worlds import make_target, search, units
from tests.unit.oracle.schemas import Key, Plan, plans

if TYPE_CHECKING:
    from ormthesis.engine.search import Search
    from ormthesis.persistence.provisioning.run import Database

SETTINGS = settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # shrinking makes hundreds of schemas
    suppress_health_check=[HealthCheck.nested_given, HealthCheck.too_slow],
)


def searches(database: Database, plan: Plan) -> list[Search]:
    """Every row of every table deleted, and given another key, on enumerated and drawn graphs."""
    target = make_target(database, plan.metadata())
    with target.world() as world:
        return [
            search(world, unit, max_examples=8)
            for table in target.context.schema.tables
            for unit in units(target, table.key, "delete-sql", "update-key")
            if unit.subjects
        ]


@SETTINGS
@given(plan=plans())
def test_drawn_schemas(database: Database, plan: Plan) -> None:
    for found in searches(database, plan):
        for failure, _ in found.found.values():
            verdict = failure.mismatch.verdict
            assert verdict in (Verdict.ACTION_ORDER, Verdict.CONTRADICTION), (str(plan), failure)
            event(verdict.value)
        assert not found.total.rejected_graphs, str(plan)
        # Where keys leave a table a single row there is no other key to give it.
        assert found.total.probes > 0 or found.unit.invariant.id == "update-key"


TWO_KEYS = [
    # The second key's action removes the row, but the first one is checked before.
    (("NO ACTION", "CASCADE"), {Verdict.ACTION_ORDER}),
    # RESTRICT refuses as soon as there is a row: that is what is declared.
    (("RESTRICT", "CASCADE"), set()),
    # In this order the row is gone before anything is checked.
    (("CASCADE", "NO ACTION"), set()),
    (("CASCADE", "RESTRICT"), set()),
    # Each is refused or cleared, whatever the order.
    (("RESTRICT", "NO ACTION"), set()),
    (("SET NULL", "RESTRICT"), set()),
    (("SET NULL", "SET NULL"), set()),
    (("SET DEFAULT", "CASCADE"), set()),
]


@pytest.mark.parametrize(("actions", "verdicts"), TWO_KEYS, ids=str)
def test_two_keys_to_one_table(
    database: Database, actions: tuple[str, str], verdicts: set[Verdict]
) -> None:
    keys = tuple(Key(child=1, parent=0, action=action, required=False) for action in actions)
    (parents, *_) = searches(database, Plan(tables=2, keys=keys))
    assert {failure.mismatch.verdict for failure, _ in parents.found.values()} == verdicts


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION", "RESTRICT"])
@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("parent", [0, 1])
def test_one_key(database: Database, action: str, required: bool, parent: int) -> None:
    """To another table and to its own, required and optional: no difference at all."""
    key = Key(child=1, parent=parent, action=action, required=required)
    found = verdicts_of(database, Plan(tables=2, keys=(key,)))
    assert found == ({Verdict.CONTRADICTION} if required and action == "SET NULL" else set())


def verdicts_of(database: Database, plan: Plan) -> set[Verdict]:
    return {
        failure.mismatch.verdict
        for found in searches(database, plan)
        for failure, _ in found.found.values()
    }


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION", "RESTRICT"])
@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("parent", [0, 1])
def test_one_key_on_update(database: Database, action: str, required: bool, parent: int) -> None:
    key = Key(child=1, parent=parent, action="NO ACTION", required=required, on_update=action)
    plan = Plan(tables=2, keys=(key,))
    expected = {Verdict.CONTRADICTION} if required and action == "SET NULL" else set()
    assert verdicts_of(database, plan) == expected
    probes = {found.unit.invariant.id: found.total.probes for found in searches(database, plan)}
    assert probes["update-key"] > 0


def test_check_that_is_broken_for_a_moment_is_no_failure(database: Database) -> None:
    """Rows in a circle are written with a NULL that is filled in later."""
    keys = tuple(Key(child=0, parent=0, action="CASCADE", required=False) for _ in range(2))
    first, *_ = searches(database, Plan(tables=2, keys=keys, checked=True))
    assert {failure.invariant for failure, _ in first.found.values()} <= {"delete-sql"}
