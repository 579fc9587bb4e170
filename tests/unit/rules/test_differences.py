"""Relations with bounds: tightened without loss, contradictory only if no row exists."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormthesis.rules.branch import Relation
from ormthesis.rules.differences import Contradiction, tightened
from ormthesis.rules.domain import Domain, Nullness
from ormthesis.schema.types import TypeKind
from tests.unit.rules.columns import moment

RANGE = range(5)
NAMES = ("x", "y", "z")


def relation(left: str, op: str, right: str, offset: object = None) -> Relation:
    return Relation(left=left, op=op, right=right, offset=offset, kind=TypeKind.INTEGER)


relations = st.builds(
    relation,
    st.sampled_from(NAMES),
    st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
    st.sampled_from(NAMES),
    st.none() | st.integers(-2, 2).filter(bool),
).filter(lambda r: r.left != r.right)
bounds = st.builds(
    Domain,
    null=st.just(Nullness.MUST_NOT),
    minimum=st.integers(0, 3),
    maximum=st.integers(1, 4),
).filter(lambda d: d.minimum <= d.maximum)


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, bounds)), st.lists(relations, max_size=4))
def test_no_solution_is_lost(domains: dict[str, Domain], given_relations: list[Relation]) -> None:
    rows = [dict(zip(NAMES, values, strict=True)) for values in product(RANGE, repeat=3)]
    solutions = [
        row
        for row in rows
        if all(domains[name].admits(row[name]) for name in NAMES)
        and all(r.holds(row) for r in given_relations)
    ]
    try:
        found = tightened(domains, given_relations)
    except Contradiction:
        assert not solutions
        return
    for row in solutions:
        assert all(found[name].admits(row[name]) for name in NAMES)
    if not any(r.op == "<>" for r in given_relations):
        # Without <> the system is decided exactly, and the bounds are attained.
        assert solutions
        for name in {side for r in given_relations for side in (r.left, r.right)}:
            assert found[name].minimum == min(row[name] for row in solutions)
            assert found[name].maximum == max(row[name] for row in solutions)


def test_the_example_of_the_module() -> None:
    domains = {"a": Domain(minimum=5), "b": Domain(maximum=9)}
    found = tightened(domains, [relation("b", ">=", "a", 2)])
    assert (found["a"].minimum, found["a"].maximum) == (5, 7)
    assert (found["b"].minimum, found["b"].maximum) == (7, 9)


def test_timestamps_keep_their_zone() -> None:
    later = Relation(
        left="e", op=">", right="s", offset=timedelta(seconds=1), kind=TypeKind.TIMESTAMP
    )
    found = tightened({"s": Domain(minimum=moment(1))}, [later])
    assert found["e"].minimum == moment(1, 1) + timedelta(microseconds=1)


@pytest.mark.parametrize(
    "contradiction",
    [
        [relation("x", "<", "y"), relation("y", "<", "x")],
        [relation("x", "<", "y"), relation("y", "<", "z"), relation("z", "<", "x")],
        [relation("x", "=", "y"), relation("x", "<>", "y")],
        [relation("x", ">=", "y", 1), relation("x", "<=", "y")],
    ],
)
def test_contradictions(contradiction: list[Relation]) -> None:
    with pytest.raises(Contradiction):
        tightened({}, contradiction)
