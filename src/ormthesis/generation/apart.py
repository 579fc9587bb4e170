"""Ranges moved along their type until they lie apart from others, or meet them just so.

Values are moved by whole steps of the ends' type, so that lengths and bounds stay what they are:
what a CHECK says of them is kept as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.generation.values_ranges import inner_steps
from ormthesis.generation.values_steps import Steps
from ormthesis.schema.types import DataType


def distances(data_type: DataType, own: Range[Any], others: Iterable[Range[Any]]) -> list[int]:
    """By how many steps a range has to move so that it lies a step beyond the end of another one,
    or where there is no room for that step right at it; the nearest first."""
    steps = inner_steps(data_type)
    low, high = _number(steps, own.lower), _number(steps, own.upper)
    found: dict[int, int] = {}
    for other in others:
        start, end = _number(steps, other.lower), _number(steps, other.upper)
        for gap in (1, 0):
            if low is not None and end is not None:
                found.setdefault(end - low + gap, gap)
            if high is not None and start is not None:
                found.setdefault(start - high - gap, gap)
    return sorted(found, key=lambda by: (-found[by], abs(by), by < 0))


def neighbours(data_type: DataType, own: Range[Any]) -> list[tuple[int, int]]:
    """By how much a range with two ends has to move, and then grow, to become each of its
    neighbours: they touch it, overlap it by a step, leave a step between or are as it is; then
    those that begin or end elsewhere."""
    steps = inner_steps(data_type)
    low, high = _number(steps, own.lower), _number(steps, own.upper)
    if low is None or high is None:
        return [(0, 0)]
    size = high - low
    moves = [size, -size, 0, size - 1, 1 - size, size + 1, -size - 1]
    resized = [(-1, 2), (0, 1), (-1, 1), (0, 1 - size), (size - 1, 1 - size)]
    return list(dict.fromkeys([*((move, 0) for move in moves), *resized]))


def moved(data_type: DataType, value: Any, by: int, *, grown: int = 0) -> Any:
    """A range, or one end of such ranges, that many steps further, and its upper end `grown` more;
    None beyond the type."""
    steps = inner_steps(data_type)
    if not isinstance(value, Range):
        return _beyond(steps, value, by)
    if value.isempty:
        return value
    low = None if value.lower is None else _beyond(steps, value.lower, by)
    high = None if value.upper is None else _beyond(steps, value.upper, by + grown)
    if (low is None) is not (value.lower is None) or (high is None) is not (value.upper is None):
        return None
    return Range(low, high, bounds=value.bounds)


def short_ranges(data_type: DataType, own: Any) -> Iterator[Range[Any]]:
    """Ranges of a single step: at the ends of a given one if it is one, and the simplest."""
    steps = inner_steps(data_type)
    ends = (own.lower, own.upper) if isinstance(own, Range) else ()
    for number in (*(_number(steps, end) for end in ends), steps.simplest):
        if number is not None and steps.low <= number < steps.high:
            yield Range(steps.value(number), steps.value(number + 1))


def _number(steps: Steps, end: Any) -> int | None:
    position = None if end is None else steps.position(end)
    return round(position) if position is not None and isfinite(position) else None


def _beyond(steps: Steps, value: Any, by: int) -> Any:
    number = _number(steps, value)
    if number is None or by == 0:
        return value
    return steps.value(number + by) if steps.low <= number + by <= steps.high else None
