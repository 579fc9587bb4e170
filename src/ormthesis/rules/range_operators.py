"""Ranges: their ends, what is inside, overlap and equality.

A column's range is in canonical form when it is read (see `evaluate`), as PostgreSQL stores it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ormthesis.rules import ranges
from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.errors import EvaluationError, Unreadable
from ormthesis.rules.sql_types import BOOLEAN, RANGES, TEXT, is_untyped
from ormthesis.rules.tree import Call, Literal, Node, call
from ormthesis.schema.types import DataType, TypeKind

_K = TypeKind


def is_range(data_type: DataType) -> bool:
    return data_type.kind is _K.RANGE and not data_type.multiple and data_type.item is not None


def range_test(op: str, left: Node, right: Node) -> Node:
    """`@>`, `<@` and `&&` of ranges, and of a range and a value.

    Raises:
        Unreadable: types that PostgreSQL does not bring together, or multiranges.
    """
    left, right = convert_untyped(left, right.type), convert_untyped(right, left.type)
    if op == "<@":
        left, right, op = right, left, "@>"
    if is_range(left.type) and is_range(right.type) and _same_item(left.type, right.type):
        function = ranges.overlap if op == "&&" else ranges.contains
        return call(op, (left, right), BOOLEAN, function)
    if op == "@>" and is_range(left.type) and _is_item(left.type, right.type):
        return call(op, (left, right), BOOLEAN, ranges.has)
    raise Unreadable(f"{left.type.name} {op} {right.type.name}")


def _same_item(left: DataType, right: DataType) -> bool:
    return right.item is not None and _is_item(left, right.item)


def _is_item(data_type: DataType, value: DataType) -> bool:
    """PostgreSQL converts neither to the other."""
    item = data_type.item
    return item is not None and (item.kind, item.bits, item.timezone) == (
        value.kind,
        value.bits,
        value.timezone,
    )


def range_function(name: str, args: tuple[Node, ...]) -> Node:
    """A function of one range.

    Raises:
        Unreadable: another function.
    """
    (found,) = args if len(args) == 1 else (None,)
    if found is None or not is_range(found.type) or found.type.item is None:
        raise Unreadable(f"{name}({', '.join(arg.type.name for arg in args)})")
    if name in _ENDS:
        return _end(name, found, found.type.item)
    test = _TESTS.get(name)
    if test is None:
        raise Unreadable(f"{name} of {found.type.name}")
    return call(name, args, BOOLEAN, test)


def _end(name: str, found: Node, item: DataType) -> Node:
    """NULL for an empty range, too, and where there is no end."""
    function = partial(ranges.end_of, end=_ENDS[name])
    if isinstance(found, Literal):
        value: Any = found.value
        return Literal(value=function(value), type=item)
    return Call(name=name, args=(found,), type=item, function=function, strict=False)


def read_constructor(name: str, args: tuple[Node, ...]) -> Node:
    """`int4range(low, high)` or with bounds; NULL is no end.

    Raises:
        Unreadable: bounds that are not constant, or constant ends of which there is no range.
    """
    data_type = RANGES[name]
    bounds = convert_untyped(args[2], TEXT) if len(args) == 3 else Literal(value="[)", type=TEXT)
    spelt = next((b for b in ranges.BOUNDS if bounds == Literal(value=b, type=TEXT)), None)
    if len(args) not in (2, 3) or spelt is None or data_type.item is None:
        raise Unreadable(f"{name} of {len(args)}")
    ends = tuple(_as_end(arg, data_type.item) for arg in args[:2])

    def run(low: Any, high: Any, _: str) -> Any:
        return ranges.made_range(data_type, low, high, spelt)

    if not all(isinstance(end, Literal) for end in ends):
        arguments = (*ends, Literal(value=spelt, type=TEXT))
        return Call(
            name=name, args=arguments, type=data_type, function=run, strict=False, fails=True
        )
    low, high = (end.value for end in ends if isinstance(end, Literal))
    try:
        return Literal(value=run(low, high, spelt), type=data_type)
    except EvaluationError as error:
        raise Unreadable(f"constant: {error.message}") from None


def _as_end(node: Node, item: DataType) -> Node:
    node = convert_untyped(node, item)
    widened = node.type.kind is _K.INTEGER and item.kind in (_K.INTEGER, _K.NUMERIC)
    if widened and (item.kind is _K.NUMERIC or node.type.bits <= item.bits):
        return cast(node, item)
    if is_untyped(node.type) or (node.type.kind, node.type.timezone) != (item.kind, item.timezone):
        raise Unreadable(f"{node.type.name} as an end of a range of {item.name}")
    if node.type.bits > item.bits:
        raise Unreadable(f"{node.type.name} as an end of a range of {item.name}")
    return node


_ENDS = {"lower": 0, "upper": 1}
_TESTS: dict[str, Callable[[Any], bool]] = {
    "isempty": lambda found: bool(found.isempty),
    "lower_inc": partial(ranges.includes, end=0),
    "upper_inc": partial(ranges.includes, end=1),
    "lower_inf": partial(ranges.is_open, end=0),
    "upper_inf": partial(ranges.is_open, end=1),
}
