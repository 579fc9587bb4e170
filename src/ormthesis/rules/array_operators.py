"""Arrays: length, items, equality, containment, and comparisons with each of their items.

Arrays are lists of values, None for NULL, nested in further dimensions; subscripts start at 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ormthesis.rules.casts import convert_untyped
from ormthesis.rules.comparison import ordered
from ormthesis.rules.errors import EvaluationError, Unreadable
from ormthesis.rules.sql_types import BOOLEAN, INTEGER, TEXT, has_plain_equality, is_untyped
from ormthesis.rules.tree import Call, Literal, Node, call
from ormthesis.schema.types import DataType, TypeKind

_K = TypeKind
# Python's equality is SQL's for these.
_PLAIN = frozenset({_K.BOOLEAN, _K.INTEGER, _K.TEXT, _K.UUID, _K.DATE, _K.BYTES, _K.ENUM})


def array_of(item: DataType) -> DataType:
    return DataType(kind=_K.ARRAY, name=f"{item.name}[]", item=item)


def array_literal(items: Sequence[Node]) -> Node:
    """`ARRAY[...]` of constants.

    Raises:
        Unreadable: other items, or none.
    """
    typed = [item.type for item in items if not is_untyped(item.type)]
    typed = typed or [TEXT]
    if not items or not all(isinstance(item, Literal) for item in items):
        raise Unreadable("an array that is not constant")
    converted = [convert_untyped(item, typed[0]) for item in items]
    if any(node.type.kind is not typed[0].kind for node in converted):
        raise Unreadable("an array of several types")
    values = [node.value for node in converted if isinstance(node, Literal)]
    return Literal(value=values, type=array_of(typed[0]))


def _item(array: Node) -> DataType:
    item = array.type.item
    if array.type.kind is not _K.ARRAY or item is None or item.kind not in _PLAIN:
        raise Unreadable(f"items of {array.type.name}")
    if item.kind is _K.TEXT and (item.fixed or not has_plain_equality(item)):
        raise Unreadable(f"items of {array.type.name}")
    return item


def array_test(op: str, left: Node, right: Node) -> Node:
    """`=`, `<>`, `@>`, `<@` and `&&` of two arrays."""
    left, right = convert_untyped(left, right.type), convert_untyped(right, left.type)
    if _item(left).kind is not _item(right).kind:
        raise Unreadable(f"{left.type.name} {op} {right.type.name}")
    return call(op, (left, right), BOOLEAN, _TESTS[op])


def _contains(left: list[Any], right: list[Any]) -> bool:
    """A NULL is in no array."""
    have = [item for item in leaves(left) if item is not None]
    return all(item is not None and item in have for item in leaves(right))


def _overlaps(left: list[Any], right: list[Any]) -> bool:
    have = [item for item in leaves(left) if item is not None]
    return any(item in have for item in leaves(right))


_TESTS: dict[str, Callable[[list[Any], list[Any]], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "@>": _contains,
    "<@": lambda left, right: _contains(right, left),
    "&&": _overlaps,
}


def leaves(array: Sequence[Any]) -> Iterator[Any]:
    for item in array:
        if isinstance(item, (list, tuple)):
            yield from leaves(item)
        else:
            yield item


def length(array: Sequence[Any] | None, dimension: int | None) -> int | None:
    """`array_length`: NULL for an array without items, and beyond its dimensions."""
    if not array or dimension is None or dimension < 1:
        return None
    if dimension == 1:
        return len(array)
    inside = array[0]
    return length(inside, dimension - 1) if isinstance(inside, (list, tuple)) else None


def _dimensions(array: Sequence[Any] | None) -> int | None:
    if not array:
        return None
    return 1 + (_dimensions(array[0]) or 0) if isinstance(array[0], (list, tuple)) else 1


def _require_array(node: Node) -> None:
    if node.type.kind is not _K.ARRAY:
        raise Unreadable(f"an array function of {node.type.name}")


def read_length(name: str, args: tuple[Node, ...]) -> Node:
    """`array_length(a, n)`, and `array_upper`, since arrays are written with subscripts from 1."""
    if len(args) != 2 or args[1].type.kind is not _K.INTEGER:
        raise Unreadable(name)
    _require_array(args[0])
    return call(name, args, INTEGER, length, strict=False)


def read_cardinality(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) != 1:
        raise Unreadable(name)
    _require_array(args[0])
    return call(name, args, INTEGER, lambda array: sum(1 for _ in leaves(array)))


def read_dimensions(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) != 1:
        raise Unreadable(name)
    _require_array(args[0])
    return call(name, args, INTEGER, _dimensions, strict=False)


def read_position(name: str, args: tuple[Node, ...]) -> Node:
    """`array_position(a, x)`, by which NULLs are found, too."""
    if len(args) != 2:
        raise Unreadable(name)
    item = _item(args[0])
    sought = convert_untyped(args[1], item)
    if sought.type.kind is not item.kind:
        raise Unreadable(f"{sought.type.name} among items of {args[0].type.name}")

    def run(values: Sequence[Any] | None, one: Any) -> int | None:
        if values and isinstance(values[0], (list, tuple)):
            raise EvaluationError("array of several dimensions", sqlstate="0A000")
        return None if values is None or one not in values else values.index(one) + 1

    return call(name, (args[0], sought), INTEGER, run, strict=False, fails=True)


def subscript(array: Node, index: int) -> Node:
    """`array[index]`, NULL outside the array."""
    item = _item(array)

    def run(values: Sequence[Any] | None, at: int) -> Any:
        if values is None or not 1 <= at <= len(values):
            return None
        found = values[at - 1]
        return None if isinstance(found, (list, tuple)) else found

    return call("item", (array, Literal(value=index, type=INTEGER)), item, run, strict=False)


def among(value: Node, op: str, array: Node, *, every: bool) -> Node:
    """`value op ANY (array)` and `value op ALL (array)`."""
    item = _item(array)
    value = convert_untyped(value, item)
    sample = ordered(value, Call(name="item", args=(array,), type=item, function=leaves), op)
    if not isinstance(sample, Call) or sample.name != op or sample.args[0] is not value:
        raise Unreadable(f"{op} with each item of {array.type.name}")
    compare = sample.function
    assert compare is not None

    def run(one: Any, values: Sequence[Any] | None) -> bool | None:
        if values is None:
            return None
        answers = {
            None if one is None or other is None else compare(one, other)
            for other in leaves(values)
        }
        if (not every) in answers:
            return not every
        return None if None in answers else every

    name = f"{op} {'all' if every else 'any'}"
    return call(name, (value, array), BOOLEAN, run, strict=False)
