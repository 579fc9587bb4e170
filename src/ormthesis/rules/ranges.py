"""What PostgreSQL computes of ranges in canonical form."""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from sqlalchemy.dialects.postgresql import Range

from ormthesis.rules.errors import EvaluationError, undecided
from ormthesis.schema.ranges import below, single_range
from ormthesis.schema.types import DataType, TypeKind

Bounds = Literal["()", "[)", "(]", "[]"]
BOUNDS: tuple[Bounds, ...] = ("()", "[)", "(]", "[]")
_END = r'\s*(?:"([^"\\]*)"|([^",()\[\]\\]*))'
_TEXT = re.compile(rf"\s*([\[(]){_END},{_END}([\])])\s*")


def split_range(text: str) -> tuple[str | None, str | None, Bounds] | None:
    """The ends, None for an open one, and the bounds of a range's text that is not `empty`."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    low, high = (found[at] if found[at] is not None else found[at + 1] or None for at in (2, 4))
    return low, high, cast(Bounds, found[1] + found[6])


def made_range(data_type: DataType, low: Any, high: Any, bounds: Bounds = "[)") -> Range[Any]:
    """As the type's constructor makes it.

    Raises:
        EvaluationError: an end below the other, or beyond the type once it is canonical.
    """
    if low is not None and high is not None and below(high, low):
        raise EvaluationError("range lower bound above its upper bound", sqlstate="22000")
    try:
        found: Range[Any] = single_range(data_type, Range(low, high, bounds=bounds))
    except OverflowError:
        raise undecided("a date beyond Python's") from None
    item = data_type.item
    if item is not None and item.kind is TypeKind.INTEGER:
        least, most = item.integer_bounds
        if any(end is not None and not least <= end <= most for end in (found.lower, found.upper)):
            raise EvaluationError("integer out of range", sqlstate="22003")
    return found


def contains(outer: Range[Any], inner: Range[Any]) -> bool:
    if inner.isempty:
        return True
    return not outer.isempty and _starts_by(outer, inner) and _ends_by(outer, inner)


def has(outer: Range[Any], value: Any) -> bool:
    """Whether the value is inside."""
    return contains(outer, Range(value, value, bounds="[]"))


def overlap(one: Range[Any], other: Range[Any]) -> bool:
    both = not one.isempty and not other.isempty
    return both and _meets(one, other) and _meets(other, one)


def same(one: Range[Any], other: Range[Any]) -> bool:
    return contains(one, other) and contains(other, one)


def includes(found: Range[Any], end: int) -> bool:
    """Whether the lower (0) or upper (1) end belongs to it."""
    return not found.isempty and found.bounds[end] == "[]"[end]


def is_open(found: Range[Any], end: int) -> bool:
    """Whether it has no lower (0) or upper (1) end."""
    return not found.isempty and (found.lower, found.upper)[end] is None


def end_of(found: Range[Any] | None, end: int) -> Any:
    return None if found is None or found.isempty else (found.lower, found.upper)[end]


def _starts_by(outer: Range[Any], inner: Range[Any]) -> bool:
    """Whether the one starts where, or before, the other does."""
    if outer.lower is None or inner.lower is None:
        return outer.lower is None
    together = includes(outer, 0) or not includes(inner, 0)
    return not below(inner.lower, outer.lower) and (together or below(outer.lower, inner.lower))


def _ends_by(outer: Range[Any], inner: Range[Any]) -> bool:
    if outer.upper is None or inner.upper is None:
        return outer.upper is None
    together = includes(outer, 1) or not includes(inner, 1)
    return not below(outer.upper, inner.upper) and (together or below(inner.upper, outer.upper))


def _meets(one: Range[Any], other: Range[Any]) -> bool:
    """Whether the one starts before the other has ended."""
    if one.lower is None or other.upper is None:
        return True
    together = includes(one, 0) and includes(other, 1)
    return not below(other.upper, one.lower) and (together or below(one.lower, other.upper))
