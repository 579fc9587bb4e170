"""A case is evidence about its own rule: what another rule does is that rule's finding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ormthesis.generation.case import Case, Operation, OperationKind
from ormthesis.invariants.attribution import Attribution
from ormthesis.oracle.judge import Difference, Mismatch, Verdict
from ormthesis.oracle.outcome import (
    Accepted,
    Refusal,
    Rejected,
    Rejection,
    RejectionKind,
    State,
)
from ormthesis.schema import load_models
from tests.tester.store import Base
from tests.unit.persistence.graphs import PRODUCT, SUPPLIER, graph, mutated, product, supplier

if TYPE_CHECKING:
    from ormthesis.oracle.outcome import Outcome

SCHEMA = load_models(Base).schema
ROWS = graph(supplier(0), product(0))
STOCK = "products.check(stock_range)"
LABEL = "products.label.not_null"
CASE = mutated(ROWS, PRODUCT, STOCK, stock=10)
TAKEN = Accepted(state=State(rows={}))


def refused(rule: str | None = None, constraint: str | None = None) -> Rejected:
    kind = RejectionKind.CHECK_VIOLATION
    return Rejected(rejection=Rejection(kind=kind, message="", rule=rule, constraint=constraint))


def own(
    verdict: Verdict,
    *,
    base: Outcome = TAKEN,
    outcome: Outcome = TAKEN,
    predicted: Any = TAKEN,
    case: Case = CASE,
    differences: tuple[Difference, ...] = (),
) -> Mismatch | None:
    attribution = Attribution(
        schema=SCHEMA, case=case, prediction=predicted, base=base, outcome=outcome
    )
    return attribution.own(Mismatch(verdict=verdict, differences=differences))


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.WRONG_RULE])
def test_row_that_is_refused_anyway_shows_nothing(verdict: Verdict) -> None:
    outcome = refused("suppliers.unique(code)")
    assert own(verdict, base=outcome, outcome=outcome) is None


@pytest.mark.parametrize("base", [refused(STOCK), refused(constraint="stock_range")])
def test_unless_the_rule_itself_refused_it(base: Rejected) -> None:
    assert own(Verdict.REJECTED, base=base, outcome=base) is not None


def test_row_that_is_taken_shows_a_missing_rule_whatever_the_base() -> None:
    predicted = Refusal(rules=frozenset({STOCK}))
    assert own(Verdict.ACCEPTED, base=refused("x"), predicted=predicted) is not None


def test_edge_outside_another_rule_is_that_rules() -> None:
    predicted = Refusal(rules=frozenset({LABEL}))
    assert own(Verdict.ACCEPTED, predicted=predicted) is None
    both = Refusal(rules=frozenset({LABEL, STOCK}))
    assert own(Verdict.ACCEPTED, predicted=both) is not None


@pytest.mark.parametrize(
    ("outcome", "is_own"),
    [
        (refused(STOCK), True),
        (refused(constraint="stock_range"), True),  # another rule under its name
        (refused(constraint="of nobody"), True),  # a rule that the models do not know
        (refused(LABEL), False),
        (refused(constraint="lowest_first"), False),
    ],
)
def test_who_refused_an_edge(outcome: Rejected, is_own: bool) -> None:
    assert (own(Verdict.REJECTED, outcome=outcome) is not None) is is_own


def test_only_mutated_columns_count() -> None:
    changed = Difference(ref=PRODUCT, column="stock", expected=10, actual=9)
    others = Difference(ref=PRODUCT, column="price", expected=1, actual=2)
    missing = Difference(ref=PRODUCT, column=None, expected={}, actual=None)
    mismatch = own(Verdict.WRONG_STATE, differences=(changed, others, missing))
    assert mismatch is not None
    assert mismatch.differences == (changed, missing)
    assert own(Verdict.WRONG_STATE, differences=(others,)) is None


DELETE = Case(
    graph=ROWS,
    operation=Operation(kind=OperationKind.DELETE_ROW, ref=SUPPLIER),
    subject="suppliers",
)
BEFORE = Accepted(
    state=State(rows={PRODUCT: {"price": 2, "replaced_by_id": 5}, SUPPLIER: {"code": "c"}})
)


def test_value_that_was_wrong_before_the_delete_is_not_its_doing() -> None:
    stale = Difference(ref=PRODUCT, column="price", expected=1, actual=2)
    assert own(Verdict.WRONG_STATE, case=DELETE, base=BEFORE, differences=(stale,)) is None
    touched = replace(stale, actual=3)
    assert own(Verdict.WRONG_STATE, case=DELETE, base=BEFORE, differences=(touched,)) is not None


def test_reference_that_should_be_null_is() -> None:
    kept = Difference(ref=PRODUCT, column="replaced_by_id", expected=None, actual=5)
    assert own(Verdict.WRONG_STATE, case=DELETE, base=BEFORE, differences=(kept,)) is not None
