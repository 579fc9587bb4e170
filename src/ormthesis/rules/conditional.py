"""Forms that choose among their arguments: coalesce, nullif, CASE, greatest, num_nonnulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.comparison import PLAIN, WITH_NAN, compare
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.literals import MonthInterval
from ormthesis.rules.sql_types import (
    BOOLEAN,
    DOUBLE,
    INTEGER,
    NUMBERS,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    has_plain_equality,
    is_untyped,
)
from ormthesis.rules.tree import Call, Literal, Node, case
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def common(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes, converted to the one type that CASE, coalesce and their like give them.

    Raises:
        Unreadable: no such type.
    """
    typed = [node.type for node in nodes if not is_untyped(node.type)]
    target = _common_type(typed) if typed else TEXT
    return tuple(_converted(node, target) for node in nodes)


def _common_type(types: list[DataType]) -> DataType:
    kinds = {data_type.kind for data_type in types}
    if kinds <= NUMBERS:
        return _common_number(types)
    if kinds <= {TypeKind.DATE, TypeKind.TIMESTAMP} and len(kinds) == 2:
        return TIMESTAMPTZ if any(data_type.timezone for data_type in types) else TIMESTAMP
    if kinds == {TypeKind.TEXT} and all(has_plain_equality(t) and not t.fixed for t in types):
        return TEXT
    first = types[0]
    if all(_alike(first, other) for other in types):
        return first
    raise Unreadable(f"one type for {', '.join(each.name for each in types)}")


def _alike(first: DataType, other: DataType) -> bool:
    if first.kind is not other.kind or first.kind in (
        TypeKind.TEXT,
        TypeKind.UNKNOWN,
        TypeKind.ARRAY,
        TypeKind.RANGE,
    ):
        return False
    if first.kind is TypeKind.ENUM:
        return first.name == other.name
    return first.timezone == other.timezone and first.binary == other.binary


def _common_number(types: list[DataType]) -> DataType:
    if any(data_type.kind is TypeKind.FLOAT for data_type in types):
        singles = all(
            data_type.kind is TypeKind.FLOAT and data_type.bits == 32 for data_type in types
        )
        return types[0] if singles else DOUBLE
    if any(data_type.kind is TypeKind.NUMERIC for data_type in types):
        return NUMERIC
    return max(types, key=lambda data_type: data_type.bits)


def _converted(node: Node, target: DataType) -> Node:
    if is_untyped(node.type):
        node = convert_untyped(node, target)
        if isinstance(node, Literal) and isinstance(node.value, MonthInterval):
            raise Unreadable("an interval with months as a value")
        return node
    if target.kind in NUMBERS or node.type.kind is not target.kind:
        return cast(node, target)
    return node


def _coalesce(name: str, args: tuple[Node, ...]) -> Node:
    nodes = common(args)
    return Call(name="coalesce", args=nodes, type=_type_of(nodes), strict=False)


def _type_of(nodes: tuple[Node, ...]) -> DataType:
    if not nodes:
        raise Unreadable("no arguments")
    return nodes[0].type if nodes[0].type.kind is not TypeKind.TEXT else TEXT


def _nullif(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) != 2:
        raise Unreadable("nullif")
    first = args[0] if not is_untyped(args[0].type) else convert_untyped(args[0], TEXT)
    equal = compare("=", first, args[1])
    return case(equal, Literal(value=None, type=first.type), first, data_type=first.type)


def _extreme(op: str) -> Callable[[str, tuple[Node, ...]], Node]:
    """greatest and least skip NULLs; on text they depend on the collation."""

    def read(name: str, args: tuple[Node, ...]) -> Node:
        nodes = common(args)
        data_type = _type_of(nodes)
        if data_type.kind not in NUMBERS | {TypeKind.DATE, TypeKind.TIMESTAMP, TypeKind.INTERVAL}:
            raise Unreadable(f"{name} of {data_type.name}")
        beyond = WITH_NAN[op] if data_type.kind in NUMBERS else PLAIN[op]
        return Call(name=name, args=nodes, type=data_type, function=_choose(beyond), strict=False)

    return read


def _choose(beyond: Callable[[Any, Any], bool]) -> Callable[..., object]:
    def run(*values: object) -> object:
        chosen: object = None
        for value in values:
            if value is not None and (chosen is None or beyond(value, chosen)):
                chosen = value
        return chosen

    return run


def _count(name: str, args: tuple[Node, ...]) -> Node:
    nulls = name == "num_nulls"

    def run(*values: object) -> int:
        return sum((value is None) == nulls for value in values)

    if not args:
        raise Unreadable(name)
    return Call(name=name, args=args, type=INTEGER, function=run, strict=False)


def conditional(
    operand: Node | None, arms: Sequence[tuple[Node, Node]], default: Node | None
) -> Node:
    """CASE with or without an operand; without ELSE it is NULL."""
    null = Literal(value=None, type=arms[0][1].type)
    values = common([value for _, value in arms] + [default if default is not None else null])
    conditions = [
        compare("=", operand, test) if operand is not None else convert_untyped(test, BOOLEAN)
        for test, _ in arms
    ]
    pairs = [part for pair in zip(conditions, values, strict=False) for part in pair]
    return case(*pairs, values[-1], data_type=_type_of(values))


FORMS: dict[str, Callable[[str, tuple[Node, ...]], Node]] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "greatest": _extreme(">"),
    "least": _extreme("<"),
    "num_nulls": _count,
    "num_nonnulls": _count,
}
