"""Functions of ranges run backwards (see `inverses`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.inverse_values import ANY, Inverse, Proposal, as_type
from ormthesis.rules.range_operators import is_range
from ormthesis.rules.ranges import BOUNDS, Bounds, end_of, made_range
from ormthesis.rules.tree import Call
from ormthesis.schema.types import DataType

_EMPTY: Range[Any] = Range(empty=True)


def _made(data_type: DataType, low: Any, high: Any, *bounds: Bounds) -> Iterator[Any]:
    """The ranges that there are, in canonical form, with ends of the range's own type."""
    assert data_type.item is not None
    low, high = (next(as_type(end, data_type.item), None) for end in (low, high))
    for each in bounds:
        try:
            yield made_range(data_type, low, high, each)
        except EvaluationError:
            continue


def _empty(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    if target is True:
        yield 0, _EMPTY
    else:
        yield from ((0, found) for found in _made(node.args[0].type, None, None, "()"))


def _end(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`lower` and `upper`: the other end stays where it can."""
    if target is ANY:
        yield 0, ANY
        return
    data_type, at = node.args[0].type, int(node.name == "upper")
    others = [end_of(values[0], 1 - at), None, target]
    for other in others:
        low, high = (other, target) if at else (target, other)
        yield from ((0, found) for found in _made(data_type, low, high, "[)", "[]"))
    if target is None:
        yield 0, _EMPTY


def _bound(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`lower_inc` and the like: the same ends with other bounds, without one, any other ends."""
    low, high = end_of(values[0], 0), end_of(values[0], 1)
    data_type = node.args[0].type
    if node.name.endswith("_inc") and not low is high is None:
        yield from ((0, found) for found in _made(data_type, low, high, *BOUNDS))
    if not target or node.name.endswith("_inf"):
        for ends in ((None, high), (low, None)):
            yield from ((0, found) for found in _made(data_type, *ends, "[)"))
        yield 0, _EMPTY
    if node.name.endswith("_inc") is target:
        yield 0, ANY


def _contains(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`@>`: a range that starts, or ends, at the value or at an end of the other range."""
    outer, inner = values
    if is_range(node.args[1].type):
        yield from _beside(node, values)
        return
    ends = [end for end in (end_of(outer, 0), end_of(outer, 1)) if end is not None]
    yield from ((1, end) for end in ends)
    if inner is not None:
        yield from _around(node, 0, (inner,))


def _overlaps(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield from _beside(node, values)


def _beside(node: Call, values: Sequence[Any]) -> Iterator[Proposal]:
    """Each range as the other is, touching it, empty, or any."""
    for index, other in ((0, values[1]), (1, values[0])):
        if other is not None:
            yield index, other
            ends = [end for end in (end_of(other, 0), end_of(other, 1)) if end is not None]
            yield from _around(node, index, ends)


def _around(node: Call, index: int, ends: Sequence[Any]) -> Iterator[Proposal]:
    data_type = node.args[index].type
    for end in ends:
        yield from ((index, found) for found in _made(data_type, end, end, "[]"))
        yield from ((index, found) for found in _made(data_type, end, None, "[)", "()"))
        yield from ((index, found) for found in _made(data_type, None, end, "()", "(]"))
    yield index, _EMPTY


def constructed(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`int4range` and the like."""
    if isinstance(target, Range):
        yield 0, end_of(target, 0)
        yield 1, end_of(target, 1)


RANGES: dict[str, Inverse] = {
    "isempty": _empty,
    **dict.fromkeys(("lower", "upper"), _end),
    **dict.fromkeys(("lower_inc", "upper_inc", "lower_inf", "upper_inf"), _bound),
    "@>": _contains,
    "&&": _overlaps,
}
