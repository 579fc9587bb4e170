"""Two rules broken in one table are two failures, each with a minimal case of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tester.worlds import shrunk, units

if TYPE_CHECKING:
    from tests.tester.worlds import Target


def test_two_rules_of_one_kind(store: Target) -> None:
    """Of one unit: Hypothesis alone would report the first and hide the second."""
    with store.world(
        "ALTER TABLE products ALTER label DROP NOT NULL",
        "ALTER TABLE products ALTER lowest DROP NOT NULL",
    ) as world:
        (unit,) = units(store, "products", "not-null")
        failures = {failure.subject: failure for failure in shrunk(world, unit)}
    assert failures.keys() == {"products.label.not_null", "products.lowest.not_null"}
    for subject, failure in failures.items():
        assert failure.case.mutation is not None
        assert [change.column for change in failure.case.mutation.changes] == [
            subject.split(".")[1]
        ]
        assert [draft.table for draft in failure.case.graph.drafts] == ["suppliers", "products"]


def test_two_rules_of_two_kinds(store: Target) -> None:
    with store.world(
        "ALTER TABLE products DROP CONSTRAINT stock_range",
        "ALTER TABLE products ALTER label TYPE text",
    ) as world:
        failures = [
            failure
            for unit in units(store, "products", but=("delete-*",))
            for failure in shrunk(world, unit, max_examples=5)
        ]
    assert {
        (failure.invariant, failure.subject): len(failure.case.graph) for failure in failures
    } == {
        ("check", "products.check(stock_range)"): 2,
        ("length", "products.label.length(12)"): 2,
    }
