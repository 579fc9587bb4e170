"""Whatever is observed, nothing remains; and what is observed is what an application would see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.generation.case import (
    INSERT_OBJECTS,
    Case,
    Operation,
    OperationKind,
)
from ormthesis.oracle.outcome import Accepted, Rejected, RejectionKind
from ormthesis.persistence import sandbox as sandbox_module
from tests.tester.weakening import replaced
from tests.unit.persistence.graphs import PRODUCT, SUPPLIER, graph, product, supplier
from tests.unit.persistence.test_catalog import connect

if TYPE_CHECKING:
    from ormthesis.engine.world import World
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

ROWS = graph(supplier(0), product(0), product(1, replaced_by=PRODUCT))
CIRCLE = graph(supplier(0), product(0, replaced_by=product(1).ref), product(1, replaced_by=PRODUCT))
DELETES = [
    Operation(kind=OperationKind.DELETE_ROW, ref=SUPPLIER),
    Operation(kind=OperationKind.DELETE_OBJECT, ref=SUPPLIER),
    Operation(kind=OperationKind.DELETE_OBJECT, ref=PRODUCT, loaded=True),
]


def left(database: Database) -> int:
    """Rows that other connections can see."""
    with connect(database) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM suppliers) + (SELECT count(*) FROM products)"
        ).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("rows", [ROWS, CIRCLE], ids=["chain", "circle"])
def test_nothing_remains(world: World, store: Target, rows: object) -> None:
    for operation in (None, INSERT_OBJECTS, *DELETES):
        case = Case(graph=ROWS) if operation is None else Case(graph=ROWS, operation=operation)
        (observed,) = world.sandbox.observe(ROWS, [case])
        assert isinstance(observed.outcome, Accepted)
        assert left(store.database) == 0


def test_delete_leaves_the_state_that_it_shows(world: World) -> None:
    cases = [Case(graph=CIRCLE, operation=operation) for operation in DELETES]
    by_sql, by_orm, one = world.sandbox.observe(CIRCLE, cases)
    assert isinstance(by_sql.outcome, Accepted)
    assert isinstance(by_orm.outcome, Accepted)
    assert isinstance(one.outcome, Accepted)
    assert by_sql.outcome.state.rows == by_orm.outcome.state.rows == {}
    assert one.outcome.state.rows.keys() == {SUPPLIER, product(1).ref}
    assert one.outcome.state.rows[product(1).ref]["replaced_by_id"] is None


def test_delete_of_a_graph_that_is_refused_is_not_observed(world: World) -> None:
    rows = graph(supplier(0), product(0, stock=11))
    (observed,) = world.sandbox.observe(rows, [Case(graph=rows, operation=DELETES[0])])
    assert observed.outcome is None
    assert isinstance(observed.base, Rejected)


def test_refused_delete_is_undone(store: Target) -> None:
    ddl = replaced(
        "products", "fk_products_supplier", "FOREIGN KEY (supplier_id) REFERENCES suppliers"
    )
    with store.world(*ddl) as world:
        (observed,) = world.sandbox.observe(ROWS, [Case(graph=ROWS, operation=DELETES[0])])
    assert isinstance(observed.outcome, Rejected)
    assert observed.outcome.rejection.constraint == "fk_products_supplier"
    assert left(store.database) == 0


def test_objects_are_refused_with_the_servers_words(world: World) -> None:
    rows = graph(supplier(0), product(0, stock=11))
    (observed,) = world.sandbox.observe(rows, [Case(graph=rows, operation=INSERT_OBJECTS)])
    assert isinstance(observed.outcome, Rejected)
    assert observed.outcome.rejection.kind is RejectionKind.CHECK_VIOLATION
    assert observed.outcome.rejection.rule == "products.check(stock_range)"
    (after,) = world.sandbox.observe(ROWS, [Case(graph=ROWS, operation=INSERT_OBJECTS)])
    assert isinstance(after.outcome, Accepted)


def test_transaction_is_renewed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that never ends keeps every row that was ever rolled back."""
    monkeypatch.setattr(sandbox_module, "GRAPHS_PER_TRANSACTION", 3)
    wire = world.sandbox._wire
    seen = []
    for _ in range(12):
        world.sandbox.observe(ROWS, [Case(graph=ROWS)])
        ((transaction,),) = wire.rows(wire.must(["SELECT pg_current_xact_id()::text"])[0])
        seen.append(transaction)
    assert 3 <= len(set(seen)) <= 6
    assert seen[0] == seen[1]
