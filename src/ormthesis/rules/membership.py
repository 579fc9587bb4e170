"""`x IN (...)`: a set of constants where it can be one, else a disjunction of equalities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.rules.casts import convert_untyped
from ormthesis.rules.comparison import compare
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.sql_types import TEXT, is_untyped
from ormthesis.rules.tree import Call, Literal, Node, disjunction
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

# Python's equality and hash are SQL's for these; the others are compared one by one.
_HASHABLE = frozenset(
    {
        TypeKind.BOOLEAN,
        TypeKind.INTEGER,
        TypeKind.TEXT,
        TypeKind.ENUM,
        TypeKind.UUID,
        TypeKind.DATE,
        TypeKind.TIMESTAMP,
        TypeKind.TIME,
        TypeKind.BYTES,
        TypeKind.INTERVAL,
    }
)


def membership(value: Node, items: Sequence[Node]) -> Node:
    """True where an item equals the value; unknown where none does and one is NULL."""
    if not items:
        raise Unreadable("IN without items")
    if is_untyped(value.type):
        value = convert_untyped(value, _item_type(items))
    equalities = [compare("=", value, item) for item in items]
    constants = [_constant(value, equality) for equality in equalities]
    if any(constant is None for constant in constants):
        return disjunction(*equalities)
    return Call(name="in", args=(value, *(c for c in constants if c is not None)), strict=False)


def _item_type(items: Sequence[Node]) -> DataType:
    return next((item.type for item in items if not is_untyped(item.type)), TEXT)


def _constant(value: Node, equality: Node) -> Literal | None:
    """The equality's constant, if it compares the value itself with one."""
    if value.type.kind not in _HASHABLE or isinstance(value, Literal):
        return None
    if isinstance(equality, Literal) or not isinstance(equality, Call) or equality.name != "=":
        return None
    left, right = equality.args
    if (
        left is not value
        or not isinstance(right, Literal)
        or right.type.kind is not value.type.kind
    ):
        return None
    return right if right.value is not None else None
