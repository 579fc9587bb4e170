"""The typed tree compiled to closures, once; each takes a row and gives a value, None for NULL.

AND and OR stop at the first argument that decides them, from left to right, as PostgreSQL does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.rules.errors import undecided
from ormthesis.rules.number_operators import rounded, single
from ormthesis.rules.tree import Call, ColumnRef, Literal, Node
from ormthesis.schema.ranges import single_range
from ormthesis.schema.types import DataType, TypeKind

Row = Mapping[str, object]
Evaluate = Callable[[Row], Any]


def compile_node(node: Node) -> Evaluate:
    """A function of a row. It raises EvaluationError where the row has no value (see `errors`)."""
    if isinstance(node, Literal):
        value = node.value
        return lambda row: value
    if isinstance(node, ColumnRef):
        return _column(node)
    special = _SPECIAL.get(node.name)
    return special(node) if special is not None else _function(node)


def _column(node: ColumnRef) -> Evaluate:
    name, convert = node.name, _conversion(node.type)
    if convert is None:
        return lambda row: row.get(name)
    function = convert

    def run(row: Row) -> object:
        value = row.get(name)
        return None if value is None else function(value)

    return run


def _conversion(data_type: DataType) -> Callable[[Any], object] | None:
    """What storage does to a Python value: reals are rounded, char(n) ignores trailing blanks."""
    if data_type.kind is TypeKind.FLOAT and data_type.bits == 32:
        return single
    if data_type.kind is TypeKind.FLOAT:
        return float
    if data_type.kind is TypeKind.NUMERIC:
        return partial(_numeric, scale=data_type.scale)
    if data_type.kind is TypeKind.TEXT and data_type.fixed:
        return lambda value: value.rstrip(" ")
    if data_type.kind is TypeKind.RANGE and not data_type.multiple:
        return partial(_range, data_type)
    return None


def _numeric(value: Any, *, scale: int | None) -> object:
    """With the declared scale: a quotient's digits depend on it."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if scale is None else rounded(number, scale)


def _range(data_type: DataType, value: Any) -> object:
    """In canonical form; ends of numeric as numerics."""
    item = data_type.item
    if item is not None and item.kind is TypeKind.NUMERIC:
        ends = (None if end is None else _numeric(end, scale=None) for end in _ends(value))
        value = Range(*ends, bounds=value.bounds, empty=value.isempty)
    try:
        return single_range(data_type, value)
    except OverflowError:
        raise undecided("a date beyond Python's") from None


def _ends(value: Range[Any]) -> tuple[Any, Any]:
    return value.lower, value.upper


def _function(node: Call) -> Evaluate:
    function, args = node.function, node.args
    assert function is not None, node.name
    if not node.strict:
        parts = tuple(compile_node(arg) for arg in args)
        return lambda row: function(*[part(row) for part in parts])
    if len(args) == 1:
        return _unary(function, compile_node(args[0]))
    if len(args) == 2:
        return _binary(function, args[0], args[1])
    return _strict(function, tuple(compile_node(arg) for arg in args))


def _unary(function: Callable[..., object], arg: Evaluate) -> Evaluate:
    def run(row: Row) -> object:
        value = arg(row)
        return None if value is None else function(value)

    return run


def _binary(function: Callable[..., object], left: Node, right: Node) -> Evaluate:
    if isinstance(right, Literal) and right.value is not None:
        return _with_constant(function, compile_node(left), right.value)
    if _is_plain(left) and _is_plain(right):
        return _of_columns(function, left, right)
    first, second = compile_node(left), compile_node(right)

    def run(row: Row) -> object:
        a, b = first(row), second(row)  # both, as PostgreSQL does: either may raise
        return None if a is None or b is None else function(a, b)

    return run


def _is_plain(node: Node) -> bool:
    return isinstance(node, ColumnRef) and _conversion(node.type) is None


def _of_columns(function: Callable[..., object], left: Node, right: Node) -> Evaluate:
    """The commonest shape, without the two inner calls."""
    assert isinstance(left, ColumnRef)
    assert isinstance(right, ColumnRef)
    first, second = left.name, right.name

    def run(row: Row) -> object:
        a, b = row.get(first), row.get(second)
        return None if a is None or b is None else function(a, b)

    return run


def _with_constant(function: Callable[..., object], arg: Evaluate, constant: object) -> Evaluate:
    def run(row: Row) -> object:
        value = arg(row)
        return None if value is None else function(value, constant)

    return run


def _strict(function: Callable[..., object], args: tuple[Evaluate, ...]) -> Evaluate:
    def run(row: Row) -> object:
        values = [arg(row) for arg in args]
        return None if None in values else function(*values)

    return run


def _and(node: Call) -> Evaluate:
    return _connective(node, False)


def _or(node: Call) -> Evaluate:
    return _connective(node, True)


def _connective(node: Call, deciding: bool) -> Evaluate:
    parts = tuple(compile_node(arg) for arg in node.args)

    def run(row: Row) -> bool | None:
        result: bool | None = not deciding
        for part in parts:
            value: bool | None = part(row)
            if value is deciding:
                return deciding
            if value is None:
                result = None
        return result

    return run


def _not(node: Call) -> Evaluate:
    arg = compile_node(node.args[0])

    def run(row: Row) -> bool | None:
        value = arg(row)
        return None if value is None else not value

    return run


def _is_null(node: Call) -> Evaluate:
    arg = node.args[0]
    if isinstance(arg, ColumnRef):
        name = arg.name
        return lambda row: row.get(name) is None
    value = compile_node(arg)
    return lambda row: value(row) is None


def _truth(node: Call) -> Evaluate:
    arg, truths = compile_node(node.args[0]), node.truths
    return lambda row: arg(row) in truths


def _distinct(node: Call) -> Evaluate:
    left, right = (compile_node(arg) for arg in node.args)
    equal = node.function
    assert equal is not None

    def run(row: Row) -> bool:
        a, b = left(row), right(row)
        if a is None or b is None:
            return a is not b
        return not equal(a, b)

    return run


def _in(node: Call) -> Evaluate:
    value = compile_node(node.args[0])
    members = frozenset(arg.value for arg in node.args[1:] if isinstance(arg, Literal))

    def run(row: Row) -> bool | None:
        found = value(row)
        return None if found is None else found in members

    return run


def _case(node: Call) -> Evaluate:
    parts = [compile_node(arg) for arg in node.args]
    arms = tuple(zip(parts[0:-1:2], parts[1:-1:2], strict=True))
    default = parts[-1]

    def run(row: Row) -> object:
        for condition, value in arms:
            if condition(row) is True:
                return value(row)
        return default(row)

    return run


def _coalesce(node: Call) -> Evaluate:
    parts = tuple(compile_node(arg) for arg in node.args)

    def run(row: Row) -> object:
        for part in parts:
            value = part(row)
            if value is not None:
                return value
        return None

    return run


_SPECIAL: dict[str, Callable[[Call], Evaluate]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "is_null": _is_null,
    "truth": _truth,
    "distinct": _distinct,
    "in": _in,
    "case": _case,
    "coalesce": _coalesce,
}
