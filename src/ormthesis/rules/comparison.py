"""`=`, `<>`, `<`, `<=`, `>`, `>=`: which pairs of types compare, and how.

Text has an order only under a collation that is known to be the order of code points (`COLLATE
"C"`): all others depend on the server's locale, so such rules are opaque, except beside the empty
string, which is least in every collation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.documents import documents_equal
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.literals import MonthInterval
from ormthesis.rules.ranges import same
from ormthesis.rules.sql_types import (
    BOOLEAN,
    BYTE_ORDER,
    DOUBLE,
    NUMBERS,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    collation,
    has_plain_equality,
    is_untyped,
)
from ormthesis.rules.tree import Call, Literal, Node, call
from ormthesis.schema.types import DataType, TypeKind

Comparator = Callable[[Any, Any], bool]

PLAIN: dict[str, Comparator] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WIDENING = frozenset(
    {
        (TypeKind.INTEGER, TypeKind.INTEGER),
        (TypeKind.INTEGER, TypeKind.NUMERIC),
        (TypeKind.FLOAT, TypeKind.FLOAT),
    }
)
_MOMENTS = frozenset({TypeKind.DATE, TypeKind.TIMESTAMP})
_ORDERED = frozenset({TypeKind.BOOLEAN, TypeKind.BYTES, TypeKind.UUID, TypeKind.INTERVAL})


def _below(left: Any, right: Any) -> bool:
    """NaN equals itself and is above all other numbers."""
    if left != left:
        return False
    return right != right or bool(left < right)


def _same(left: Any, right: Any) -> bool:
    return bool(left == right) or (left != left and right != right)


WITH_NAN: dict[str, Comparator] = {
    "=": _same,
    "<>": lambda left, right: not _same(left, right),
    "<": _below,
    "<=": lambda left, right: not _below(right, left),
    ">": lambda left, right: _below(right, left),
    ">=": lambda left, right: not _below(left, right),
}


def compare(op: str, left: Node, right: Node) -> Node:
    """The comparison, with its operands brought to types that PostgreSQL compares.

    Raises:
        Unreadable: no such comparison, or one that only the server can decide.
    """
    left, right = unified(left, right)
    return call(op, (left, right), BOOLEAN, _comparator(op, left, right))


def unified(left: Node, right: Node) -> tuple[Node, Node]:
    """Both operands after the conversions that a comparison makes implicitly."""
    if is_untyped(left.type) and is_untyped(right.type):
        return convert_untyped(left, TEXT), convert_untyped(right, TEXT)
    left, right = convert_untyped(left, right.type), convert_untyped(right, left.type)
    left, right = _without_widening(left), _without_widening(right)
    left, right = _beside_extract(left, right), _beside_extract(right, left)
    left, right = _beside_text(left, right), _beside_text(right, left)
    kinds = {left.type.kind, right.type.kind}
    if kinds <= NUMBERS:
        return _numbers(left, right)
    if kinds <= _MOMENTS:
        return _moments(left, right)
    if TypeKind.INTERVAL in kinds:
        return _plain_interval(left), _plain_interval(right)
    return left, right


def _beside_text(node: Node, other: Node) -> Node:
    """A char(n) beside text, be it a column's or a function's, is text without trailing blanks."""
    is_text = other.type.kind is TypeKind.TEXT and other.type.name.lower() == "text"
    if node.type.fixed and is_text and not isinstance(other, Literal):
        return cast(node, TEXT)
    return node


def _without_widening(node: Node) -> Node:
    """A cast that never fails between integers, floats or to numeric changes no comparison."""
    while isinstance(node, Call) and node.name == "cast" and not node.fails:
        (inner,) = node.args
        if (inner.type.kind, node.type.kind) not in _WIDENING:
            break
        node = inner
    return node


def _beside_extract(node: Node, other: Node) -> Node:
    """EXTRACT is numeric and date_part a double, with one class in sqlglot: numeric for both."""
    extract = isinstance(other, Call) and other.name.startswith("extract_")
    if extract and isinstance(node, Literal) and isinstance(node.value, float):
        return Literal(value=Decimal(repr(node.value)), type=NUMERIC)
    return node


def _numbers(left: Node, right: Node) -> tuple[Node, Node]:
    if TypeKind.FLOAT not in (left.type.kind, right.type.kind):
        return left, right
    return tuple(  # type: ignore[return-value]  # two in, two out
        node if node.type.kind is TypeKind.FLOAT else cast(node, DOUBLE) for node in (left, right)
    )


def _moments(left: Node, right: Node) -> tuple[Node, Node]:
    if left.type.kind is right.type.kind and left.type.timezone == right.type.timezone:
        return left, right
    target = TIMESTAMPTZ if left.type.timezone or right.type.timezone else TIMESTAMP
    return cast(left, target), cast(right, target)


def _plain_interval(node: Node) -> Node:
    if isinstance(node, Literal) and isinstance(node.value, MonthInterval):
        return Literal(value=node.value.compared(), type=node.type)
    return node


def _comparator(op: str, left: Node, right: Node) -> Comparator:
    kinds = {left.type.kind, right.type.kind}
    if kinds <= NUMBERS:
        return PLAIN[op] if kinds == {TypeKind.INTEGER} else WITH_NAN[op]
    if kinds <= _MOMENTS:
        return PLAIN[op]
    if len(kinds) == 1:
        found = _same_kind(op, left, right)
        if found is not None:
            return found
    raise Unreadable(f"{left.type.name} {op} {right.type.name}")


def _same_kind(op: str, left: Node, right: Node) -> Comparator | None:
    kind = left.type.kind
    if kind in _ORDERED or (
        kind is TypeKind.TIME and not (left.type.timezone or right.type.timezone)
    ):
        return PLAIN[op]
    if kind is TypeKind.TEXT:
        return _text(op, left, right)
    if kind is TypeKind.ENUM and left.type.name == right.type.name:
        return PLAIN[op] if op in ("=", "<>") else _by_label(op, left.type)
    if kind is TypeKind.JSON and left.type.binary and right.type.binary and op in ("=", "<>"):
        return documents_equal if op == "=" else lambda a, b: not documents_equal(a, b)
    if kind is TypeKind.RANGE and op in ("=", "<>") and _same_ranges(left.type, right.type):
        return same if op == "=" else lambda a, b: not same(a, b)
    return None


def _same_ranges(left: DataType, right: DataType) -> bool:
    one, other = left.item, right.item
    if one is None or other is None or left.multiple or right.multiple:
        return False
    return (one.kind, one.bits, one.timezone) == (other.kind, other.bits, other.timezone)


def _text(op: str, left: Node, right: Node) -> Comparator:
    for node in (left, right):
        require_plain_equality(node.type)
    if left.type.fixed != right.type.fixed and not (_is_trimmed(left) or _is_trimmed(right)):
        # Whether trailing blanks count depends on varchar and text, which are one type here.
        raise Unreadable("char(n) beside other text")
    if op in ("=", "<>"):
        return PLAIN[op]
    if {collation(left.type), collation(right.type)} & BYTE_ORDER:
        return PLAIN[op]
    raise Unreadable("an order of text that depends on the collation")


def _is_trimmed(node: Node) -> bool:
    return isinstance(node, Literal) and not str(node.value).endswith(" ")


def require_plain_equality(data_type: DataType) -> None:
    if not has_plain_equality(data_type):
        raise Unreadable(f"equality of {data_type.name}")


def _by_label(op: str, data_type: DataType) -> Comparator:
    """Enum values are ordered as their labels were declared."""
    position = {label: index for index, label in enumerate(data_type.labels)}
    plain = PLAIN[op]
    return lambda left, right: plain(position[left], position[right])


def ordered(left: Node, right: Node, op: str) -> Node:
    """`compare`, with the orders beside the empty string that hold under every collation."""
    if op not in ("=", "<>"):
        if _is_empty_text(right) and left.type.kind is TypeKind.TEXT:
            return _beside_empty(op, left, right)
        if _is_empty_text(left) and right.type.kind is TypeKind.TEXT:
            return _beside_empty({"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op], right, left)
    return compare(op, left, right)


def _is_empty_text(node: Node) -> bool:
    return (
        isinstance(node, Literal)
        and node.value == ""
        and node.type.kind
        in (
            TypeKind.TEXT,
            TypeKind.UNKNOWN,
        )
    )


def _beside_empty(op: str, text: Node, empty: Node) -> Node:
    if op in (">", "<="):
        return compare("<>" if op == ">" else "=", text, empty)
    return compare("=" if op == ">=" else "<>", text, text)
