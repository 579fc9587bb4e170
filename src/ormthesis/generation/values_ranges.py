"""Ranges and multiranges."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, cast

from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from ormthesis.generation.values_facets import read_facets
from ormthesis.generation.values_steps import Steps, steps_of
from ormthesis.schema.ranges import single_range
from ormthesis.schema.types import DataType

_Bounds = Literal["()", "[)", "(]", "[]"]
_ALL_BOUNDS: tuple[_Bounds, ...] = ("[)", "(]", "[]", "()")
_LONGEST = 1000
"""Steps from one end to the other."""
_MOST = 3
"""Ranges of a multirange."""


@lru_cache(maxsize=64)
def ranges(data_type: DataType) -> st.SearchStrategy[Any]:
    """Ranges with and without ends, empty ones among them; shrink to the simplest empty one.

    Ends keep two steps off the limits of their type, since PostgreSQL moves those of whole numbers
    and dates by one.
    """
    steps = inner_steps(data_type)
    if data_type.multiple:
        return _multiranges(steps)
    bounded = st.builds(_between, st.just(steps), *_ends(steps), st.sampled_from(_ALL_BOUNDS))
    start = _starts(steps)
    drawn = st.one_of(
        st.just(Range(empty=True)),
        bounded,
        st.builds(lambda low: Range(steps.value(low), None), start),
        st.builds(lambda high: Range(None, steps.value(high), bounds="()"), start),
        st.just(Range(None, None, bounds="()")),
    )
    # One spelling of each, so that two that differ do so for a unique key.
    return drawn.map(lambda found: single_range(data_type, found))


def range_edges(data_type: DataType) -> tuple[Any, ...]:
    """Empty, one value, without ends, from one limit to the other."""
    steps = inner_steps(data_type)
    low, high = steps.low, steps.high
    near = steps.simplest
    found: tuple[Range[Any], ...] = (
        Range(empty=True),
        _between(steps, near, 0, "[]"),
        _between(steps, near, 0, "[)"),
        _between(steps, near, 1, "[)"),
        _between(steps, low, high - low, "[]"),
        Range(None, None, bounds="()"),
        Range(steps.value(near), None),
        Range(None, steps.value(near), bounds="(]"),
    )
    if not data_type.multiple:
        return found
    apart = (_between(steps, near, 2, "[)"), _between(steps, near + 5, 2, "[)"))
    return (MultiRange(), MultiRange(found[5:6]), MultiRange(apart), MultiRange(reversed(apart)))


def within_limits(data_type: DataType, value: Range[Any]) -> bool:
    """Whether the ends of a range in canonical form keep off the limits of their type."""
    low, high = _limits(data_type)
    ends = (end for end in (value.lower, value.upper) if end is not None and end == end)
    return all(low <= end <= high for end in ends)


@lru_cache(maxsize=64)
def _limits(data_type: DataType) -> tuple[Any, Any]:
    steps = inner_steps(data_type)
    return steps.value(steps.low), steps.value(steps.high)


def inner_steps(data_type: DataType) -> Steps:
    """The ends that ranges of the type are drawn with."""
    assert data_type.item is not None
    steps = steps_of(data_type.item, read_facets(data_type.item))
    assert steps is not None
    return Steps(low=steps.low + 2, high=steps.high - 2, value=steps.value, position=steps.position)


def _starts(steps: Steps) -> st.SearchStrategy[int]:
    start = steps.simplest
    distances = st.integers(steps.low - start, steps.high - _LONGEST * _MOST - start)
    return distances.map(lambda distance: start + distance)


def _ends(steps: Steps) -> tuple[st.SearchStrategy[int], st.SearchStrategy[int]]:
    return _starts(steps), st.integers(0, _LONGEST // 2)


def _between(steps: Steps, low: int, length: int, bounds: str) -> Range[Any]:
    ends = steps.value(low), steps.value(low + length)
    return Range(*ends, bounds=cast(_Bounds, bounds))


def _multiranges(steps: Steps) -> st.SearchStrategy[Any]:
    """Ranges in order, at least two steps apart, so that none touches the next."""
    gaps = st.tuples(st.integers(2, _LONGEST // 4), st.integers(1, _LONGEST // 4))
    return st.builds(
        lambda start, parts: MultiRange(_chain(steps, start, parts)),
        _starts(steps),
        st.lists(gaps, max_size=_MOST),
    )


def _chain(steps: Steps, start: int, parts: list[tuple[int, int]]) -> list[Range[Any]]:
    found: list[Range[Any]] = []
    for gap, length in parts:
        found.append(_between(steps, start + gap, length, "[)"))
        start += gap + length
    return found
