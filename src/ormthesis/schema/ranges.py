"""Ranges in PostgreSQL's canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal, cast

from sqlalchemy.dialects.postgresql import Range

from ormthesis.schema.types import DataType, TypeKind

_Bounds = Literal["()", "[)", "(]", "[]"]
_STEPS: dict[TypeKind, Any] = {TypeKind.INTEGER: 1, TypeKind.DATE: timedelta(days=1)}


def single_range(data_type: DataType, value: Any) -> Any:
    """Whole numbers and dates as `[low, high)`; an open end excluded; nothing inside is `empty`."""
    if not isinstance(value, Range):
        return value
    low, high = value.lower, value.upper
    if value.bounds == "[)" and not (low is None or high is None) and below(low, high):
        return value  # the usual form of all
    if value.isempty:
        return Range(empty=True)
    opening, closing = value.bounds
    if data_type.item and (step := _STEPS.get(data_type.item.kind)):
        low = low + step if low is not None and opening == "(" else low
        high = high + step if high is not None and closing == "]" else high
        opening, closing = "[", ")"
    opening = "(" if low is None else opening
    closing = ")" if high is None else closing
    if _holds_nothing(low, high, opening + closing):
        return Range(empty=True)
    return Range(low, high, bounds=cast(_Bounds, opening + closing))


def _holds_nothing(low: Any, high: Any, bounds: str) -> bool:
    if low is None or high is None:
        return False
    return below(high, low) or (bounds != "[]" and not below(low, high))


def below(left: Any, right: Any) -> bool:
    """The order of ends: NaN is above all other numbers."""
    return left == left and (right != right or bool(left < right))


def multirange(data_type: DataType, value: Any) -> Any:
    """Ranges in order, those that touch joined, without empty ones."""
    if not isinstance(value, Iterable):
        return value
    ranges = (single_range(data_type, part) for part in value)
    return _joined(data_type, sorted((part for part in ranges if not part.isempty), key=_start))


def _joined(data_type: DataType, ranges: list[Range[Any]]) -> list[Range[Any]]:
    found: list[Range[Any]] = []
    for part in ranges:
        if found and (found[-1].overlaps(part) or found[-1].adjacent_to(part)):
            found[-1] = single_range(data_type, found[-1].union(part))
        else:
            found.append(part)
    return found


class _Start:
    """The lower end of a range; an open one is below all others."""

    def __init__(self, found: Range[Any]) -> None:
        self.low, self.opening = found.lower, found.bounds[0]

    def __lt__(self, other: _Start) -> bool:
        if self.low is None or other.low is None:
            return self.low is None and other.low is not None
        if self.low == other.low:
            return (self.opening, other.opening) == ("[", "(")
        return bool(self.low < other.low)


def _start(found: Range[Any]) -> _Start:
    return _Start(found)
