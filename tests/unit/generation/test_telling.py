"""Rules of other words: the same only where no row tells them apart."""

from __future__ import annotations

import pytest

from ormthesis.generation.telling import mean_the_same
from ormthesis.rules.rule import compile_rule, compile_value
from tests.unit.rules.columns import TYPES

SAME = """
a > 0 | a >= 1
price > 0 | price >= 0.01
a IN (1, 2) | a BETWEEN 1 AND 2
a < b | NOT (a >= b)
a IS NULL OR a > 0 | a > 0
CASE WHEN flag THEN a > 0 ELSE true END | NOT flag OR a > 0 OR flag IS NULL
born < '2024-01-01' | born <= '2023-12-31'
mood = 'IDLE' | mood <> 'BUSY' AND mood <> 'DONE'
a > 0 AND (b > 0 OR flag) | (a > 0 AND b > 0) OR (a > 0 AND flag)
length(name) > 2 | NOT (length(name) <= 2)
small * small > 10 | small * small >= 10
flag | flag IS NOT FALSE
""".strip().splitlines()

DIFFERENT = """
a > 0 | a >= 0
a > 0 | a > 1
price > 0 | price >= 0
ratio > 0.1 | ratio >= 0.1
a IN (1, 2) | a IN (1, 2, 3)
name IN ('a', 'b') | name IN ('a', 'b', 'c')
a BETWEEN 0 AND 100 | a BETWEEN 0 AND 99
a + b < 100 | a + b <= 100
a + b < 10 | a - b < 10
a * 2 > 10 | a * 2 >= 10
a % 2 = 0 | a % 3 = 0
a < b | a <= b
a < b | b < a
a IS NULL OR a > 0 | a IS NOT NULL AND a > 0
a > 0 AND b > 0 | a > 0 OR b > 0
started_at + interval '1 day' < ended_at | started_at + interval '1 day' <= ended_at
name LIKE 'a%' | name LIKE 'A%'
name LIKE 'a%' | name ILIKE 'a%'
name ~ '^[a-z]' | name ~ '^[a-y]'
length(name) > 2 | length(name) > 3
length(name) > 2 | length(note) > 2
lower(name) = name | upper(name) = name
trim(name) = name | ltrim(name) = name
substring(name, 1, 2) = 'ab' | substring(name, 1, 3) = 'ab'
mood = 'IDLE' | mood <> 'BUSY'
doc ->> 'k' = 'v' | doc ->> 'j' = 'v'
cardinality(tags) < 3 | cardinality(tags) <= 3
b <> 0 AND a / b > 1 | a / b > 1
coalesce(a, 0) > 0 | a > 0
num_nonnulls(a, b) = 1 | num_nonnulls(a, b) >= 1
""".strip().splitlines()


def compared(pair: str) -> tuple[bool, bool]:
    """In both directions."""
    left, right = (compile_rule(text, TYPES) for text in pair.split(" | "))
    assert left.opaque is None, left.opaque
    assert right.opaque is None, right.opaque
    return tuple(  # type: ignore[return-value]
        mean_the_same(*each, TYPES, lambda value: value is not False)
        for each in ((left, right), (right, left))
    )


@pytest.mark.parametrize("pair", SAME)
def test_same_in_other_words(pair: str) -> None:
    assert compared(pair) == (True, True)


@pytest.mark.parametrize("pair", DIFFERENT)
def test_different(pair: str) -> None:
    assert compared(pair) == (False, False)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("date_trunc('day', local_at)", "date_trunc('day', local_at::timestamp)", True),
        ("a + b", "b + a", True),
        ("coalesce(a, b)", "CASE WHEN a IS NULL THEN b ELSE a END", True),
        ("coalesce(a, b)", "CASE WHEN a IS NULL THEN a ELSE b END", False),
        ("lower(name)", "upper(name)", False),
        ("a", "-a", False),
    ],
)
def test_values(left: str, right: str, same: bool) -> None:
    ours, theirs = compile_value(left, TYPES), compile_value(right, TYPES)
    assert mean_the_same(ours, theirs, TYPES) is same


def test_a_rule_without_two_outcomes_shows_nothing() -> None:
    ours, theirs = (compile_rule(text, TYPES) for text in ("a = a", "a + 0 = a"))
    assert not mean_the_same(ours, theirs, TYPES, lambda value: value is not False)
