"""Domains: what they admit, and their intersection."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormthesis.rules.domain import NULL, Domain, Nullness

VALUES = range(-3, 7)
small = st.integers(-2, 5)

domains = st.builds(
    Domain,
    null=st.sampled_from(Nullness),
    minimum=st.none() | small,
    minimum_inclusive=st.booleans(),
    maximum=st.none() | small,
    maximum_inclusive=st.booleans(),
    members=st.none() | st.lists(small, unique=True).map(tuple),
    excluded=st.frozensets(small, max_size=4),
)


@given(domains, domains)
def test_intersection_admits_what_both_admit(left: Domain, right: Domain) -> None:
    both = left.intersect(right)
    for value in (None, *VALUES):
        expected = left.admits(value) and right.admits(value)
        assert (both is not None and both.admits(value)) is expected


@given(st.integers(0, 4), st.integers(0, 4), st.frozensets(st.integers(0, 4)))
def test_excluded_values_that_fill_a_range_leave_nothing(
    low: int, high: int, excluded: frozenset[int]
) -> None:
    inside = Domain(null=Nullness.MUST_NOT, minimum=low, maximum=high)
    found = inside.intersect(Domain(excluded=excluded))
    assert (found is None) is (set(range(low, high + 1)) <= excluded)


def test_nothing_but_null_is_left() -> None:
    low, high = Domain(maximum=1), Domain(minimum=2)
    assert low.intersect(high) == NULL
    assert low.intersect(Domain(null=Nullness.MUST_NOT, minimum=2)) is None


@pytest.mark.parametrize(
    ("domain", "value", "admitted"),
    [
        (Domain(min_length=2), "a", False),
        (Domain(max_length=2), "abc", False),
        (Domain(min_length=1, max_length=2), "ab", True),
        (Domain(patterns=(r"\Aa", r"b\Z")), "a-b", True),
        (Domain(patterns=(r"\Aa", r"b\Z")), "a-c", False),
        (Domain(minimum=1.0), float("nan"), True),
        (Domain(maximum=1.0), float("nan"), False),
        (Domain(members=(float("nan"),)), float("nan"), True),
        (Domain(minimum=date(2024, 1, 1), minimum_inclusive=False), date(2024, 1, 1), False),
    ],
)
def test_admits(domain: Domain, value: object, admitted: bool) -> None:
    assert domain.admits(value) is admitted


def test_shapes_contradict() -> None:
    short = Domain(null=Nullness.MUST_NOT, max_length=1)
    assert short.intersect(Domain(min_length=2)) is None
    assert short.intersect(Domain(members=("ab", "c"))) == Domain(
        null=Nullness.MUST_NOT, members=("c",)
    )
