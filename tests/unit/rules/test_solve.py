"""What the branches of common rules are, exactly."""

from __future__ import annotations

import pytest

from ormthesis.rules.branch import Branch
from ormthesis.rules.domain import NOT_NULL, NULL, Domain, Nullness
from ormthesis.rules.errors import OpaqueRuleError
from ormthesis.rules.rule import compile_rule
from ormthesis.rules.solve import Goal, boundaries, branches, conjoin
from ormthesis.schema.types import DataType, TypeKind
from tests.unit.rules.columns import TYPES, moment

WITHOUT_RESIDUAL = [
    "(a IS NULL AND name IS NULL AND ended_at IS NULL)"
    " OR (a IS NOT NULL AND name IS NOT NULL AND ended_at IS NOT NULL)",
    "ended_at IS NULL OR ended_at >= started_at",
    "small BETWEEN 0 AND 100",
    "small IS NULL OR small BETWEEN 0 AND 100",
    "name IS NOT NULL",
    "mood = 'IDLE'",
    "mood IN ('IDLE', 'BUSY')",
    "name = 'a'",
    "name NOT IN ('a', 'b')",
    "flag",
    "flag OR NOT open",
    "length(name) BETWEEN 1 AND 5",
    "num_nonnulls(a, b, name) = 1",
    "(a IS NULL) = (b IS NULL)",
    "(a IS NOT NULL)::int + (b IS NOT NULL)::int = 1",
    "CASE WHEN flag THEN a > 1 ELSE b > 2 END",
    "coalesce(a, 0) >= 0",
    "price > 0 AND price < 10",
    "born < died",
    "ended_at - started_at <= interval '1 hour'",
]


def within(**facets: object) -> Domain:
    return Domain(null=Nullness.MUST_NOT, **facets)  # type: ignore[arg-type]


def solved(sql: str, goal: Goal) -> list[Branch]:
    return list(branches(compile_rule(sql, TYPES), goal))


@pytest.mark.parametrize("sql", WITHOUT_RESIDUAL)
def test_common_rules_need_no_filter(sql: str) -> None:
    for goal in Goal:
        found = solved(sql, goal)
        assert found
        assert not any(branch.residual for branch in found)


def test_all_or_none() -> None:
    columns = ("a", "name", "ended_at")
    assert solved(WITHOUT_RESIDUAL[0], Goal.HOLDS) == [
        Branch(domains=dict.fromkeys(columns, NULL)),
        Branch(domains=dict.fromkeys(columns, NOT_NULL)),
    ]
    broken = solved(WITHOUT_RESIDUAL[0], Goal.BREAKS)
    assert all(NULL in b.domains.values() and NOT_NULL in b.domains.values() for b in broken)


def test_order_of_two_columns() -> None:
    held = solved("ended_at IS NULL OR ended_at >= started_at", Goal.HOLDS)
    assert held[0] == Branch(domains={"ended_at": NULL})
    assert [relation.op for relation in held[-1].relations] == [">="]
    (broken,) = solved("ended_at IS NULL OR ended_at >= started_at", Goal.BREAKS)
    (relation,) = broken.relations
    assert (relation.left, relation.op, relation.right) == ("ended_at", "<", "started_at")
    assert broken.admits({"started_at": moment(2), "ended_at": moment(1)})
    assert not broken.admits({"started_at": moment(2)})


def test_range() -> None:
    assert solved("small BETWEEN 0 AND 100", Goal.HOLDS) == [
        Branch(domains={"small": NULL}),
        Branch(domains={"small": within(minimum=0, maximum=100)}),
    ]
    assert solved("small BETWEEN 0 AND 100", Goal.BREAKS) == [
        Branch(domains={"small": within(minimum=-32768, maximum=-1)}),
        Branch(domains={"small": within(minimum=101, maximum=32767)}),
    ]


def test_labels() -> None:
    assert solved("mood <> 'IDLE'", Goal.BREAKS) == [
        Branch(domains={"mood": within(members=("IDLE",))})
    ]
    assert solved("mood > 'IDLE'", Goal.SELECTS) == [
        Branch(domains={"mood": within(members=("BUSY", "DONE"))})
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "small <= 32767",
        "length(name) <= 20",
        "length(name) >= 0",
        "mood IN ('IDLE', 'BUSY', 'DONE')",
        "a = a",
        "a IS NULL OR a IS NOT NULL",
        "a IS NOT NULL OR b IS NULL OR a IS NULL",
    ],
)
def test_rules_that_nothing_breaks(sql: str) -> None:
    assert solved(sql, Goal.BREAKS) == []


def test_nan_breaks_what_no_number_can() -> None:
    (branch,) = solved("price <= 100000000", Goal.BREAKS)
    assert [str(value) for value in branch.domains["price"].members or ()] == ["NaN"]


def test_an_opaque_rule_is_refused() -> None:
    with pytest.raises(OpaqueRuleError, match="now"):
        branches(compile_rule("now() > started_at", TYPES), Goal.HOLDS)


def test_many_branches_become_one_filter() -> None:
    """Seven columns that each differ from one value: more than 64 ways, in at most 64 branches."""
    types = {f"c{n}": DataType(kind=TypeKind.INTEGER, name="integer", bits=32) for n in range(14)}
    pairs = [f"(c{n} = 1 OR c{n + 7} = 2)" for n in range(7)]
    rule = compile_rule(" AND ".join(pairs), types)
    found = branches(rule, Goal.SELECTS)
    assert 1 <= len(found) <= 64
    row = {f"c{n}": 1 for n in range(7)} | {f"c{n}": None for n in range(7, 14)}
    assert any(branch.admits(row) for branch in found)


def test_branches_of_many_nullable_ranges_stay_solved() -> None:
    types = {f"c{n}": DataType(kind=TypeKind.INTEGER, name="integer", bits=32) for n in range(12)}
    rule = compile_rule(" AND ".join(f"c{n} >= 0" for n in range(12)), types)
    found = branches(rule, Goal.HOLDS)
    assert not any(branch.residual for branch in found)
    assert any(branch.admits({}) for branch in found)


# --- conjoin ---


def both(*texts: tuple[str, Goal]) -> tuple[Branch, ...]:
    return conjoin([branches(compile_rule(sql, TYPES), goal) for sql, goal in texts])


def test_not_null_leaves_no_branch_of_nulls() -> None:
    required = (Branch(domains={"small": NOT_NULL}),)
    found = conjoin([branches(compile_rule("small >= 0", TYPES), Goal.HOLDS), required])
    assert [branch.domains["small"].minimum for branch in found] == [0]


def test_a_rule_implied_by_another_cannot_be_broken_alone() -> None:
    assert (
        both(("a >= 0", Goal.BREAKS), ("a >= 5", Goal.HOLDS))
        == (
            # NULL passes both, so nothing is left.
        )
    )
    assert both(("a >= 5", Goal.BREAKS), ("a >= 0", Goal.HOLDS)) != ()


def test_relations_and_bounds_of_several_rules_meet() -> None:
    held = Goal.SELECTS
    assert both(("a > b", held), ("b >= 10", held), ("a <= 10", held)) == ()
    (found,) = both(("a > b", held), ("b >= 10", held), ("a <= 11", held))
    assert (found.domains["a"].minimum, found.domains["b"].maximum) == (11, 10)
    assert both(("a > b", held), ("b > a", held)) == ()
    assert both(("name = note", held), ("name = 'a'", held), ("note = 'b'", held)) == ()


def test_independent_rules_all_occur() -> None:
    """Each of three rules of ten members: 1,000 combinations, every member among the 64."""
    texts = [f"{column} IN ({', '.join(map(str, range(10)))})" for column in ("a", "b", "small")]
    sets = []
    for text in texts:
        (branch,) = branches(compile_rule(text, TYPES), Goal.SELECTS)
        ((name, domain),) = branch.domains.items()
        sets.append(
            tuple(Branch(domains={name: within(members=(m,))}) for m in domain.members or ())
        )
    found = conjoin(sets)
    assert len(found) == 64
    for column in ("a", "b", "small"):
        assert {branch.domains[column].members for branch in found} == {(n,) for n in range(10)}


def test_of_nothing() -> None:
    assert conjoin([]) == (Branch(),)
    assert conjoin([(Branch(),), ()]) == ()


# --- boundaries ---


def edges(sql: str) -> list[object]:
    """Pinned values, `column IS NULL`, or the relation's offset."""
    found: list[object] = []
    for branch in boundaries(compile_rule(sql, TYPES)):
        if branch.relations:
            found.append(branch.relations[0].offset)
        else:
            ((name, domain),) = branch.domains.items()
            size = (domain.min_length, domain.max_length)
            if domain.members:
                found.append(domain.members[0])
            else:
                found.append(f"{name} {domain.null.value}" if domain.max_length is None else size)
    return found


def test_edges_of_a_range() -> None:
    assert edges("small BETWEEN 0 AND 100") == [-1, 0, 1, 99, 100, 101, "small must"]


def test_edges_stay_within_the_type() -> None:
    assert edges("small <= 32767") == [32766, 32767, "small must"]
    assert edges("length(name) <= 20") == [(19, 19), (20, 20), "name must"]


def test_edges_in_steps_of_the_type() -> None:
    assert [str(edge) for edge in edges("price > 1.5")] == ["1.49", "1.5", "1.51", "price must"]
    below, at, above, _ = edges("started_at > '2024-02-01 12:00:00+00'")
    assert (at - below).total_seconds() == 1e-6  # type: ignore[operator]
    assert (above - at).total_seconds() == 1e-6  # type: ignore[operator]
    assert [str(edge) for edge in edges("born >= '2024-03-01'")][:3] == [
        "2024-02-29",
        "2024-03-01",
        "2024-03-02",
    ]


def test_edges_of_a_comparison_of_columns() -> None:
    assert edges("a > b") == [None, -1, 1, "a must", "b must"]
    relation = boundaries(compile_rule("ended_at >= started_at", TYPES))[0].relations[0]
    assert (relation.op, relation.left, relation.right) == ("=", "ended_at", "started_at")


def test_edges_of_what_no_domain_says() -> None:
    """Both sides equal, one apart either way, true and false; each to be searched for."""
    found = boundaries(compile_rule("a + b <= 100", TYPES))
    texts = [branch.residual[0].canonical for branch in found if branch.residual]
    assert [text for text in texts if '(("a" + "b") = 100)' in text]
    assert len(texts) == 5
    found = boundaries(compile_rule("name LIKE 'a%'", TYPES))
    assert [bool(branch.residual) for branch in found] == [False, True, False]


def test_edges_of_members_and_booleans() -> None:
    assert edges("name IN ('a', 'b')") == ["a", "b", (0, 20), "name must"]  # and another text
    assert edges("flag") == [False, True, "flag must"]
    assert edges("mood = 'BUSY'") == ["IDLE", "BUSY", "DONE", "mood must"]
    assert edges("name IS NOT NULL") == ["name must-not", "name must"]
