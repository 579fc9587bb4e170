"""The edges of a rule: around each constant, at each equality, each member, each NULL."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from ormthesis.rules.arithmetic import arithmetic
from ormthesis.rules.branch import Branch, Relation, of_domain, of_relation
from ormthesis.rules.combine import Branches, TooMany, unique
from ormthesis.rules.comparison import WITH_NAN
from ormthesis.rules.counting import counted
from ormthesis.rules.domain import NULL, Domain, Nullness
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.linear import (
    Unsolved,
    constant_minus,
    linear,
    natural,
    next_single,
)
from ormthesis.rules.pairs import compared_branches
from ormthesis.rules.range_boundaries import range_edges
from ormthesis.rules.sql_types import INTEGER, INTERVAL, NUMERIC
from ormthesis.rules.tree import (
    COMPARISONS,
    Call,
    ColumnRef,
    Literal,
    Node,
    truth,
    walk,
)
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.rules.atoms import AtomSolver

_K = TypeKind
_JOINING = frozenset({"and", "or", "not", "truth", "case", "coalesce"})
_STEPS: dict[TypeKind, Any] = {
    _K.INTEGER: 1,
    _K.NUMERIC: Decimal(1),
    _K.DATE: 1,
    _K.TIMESTAMP: timedelta(microseconds=1),
    _K.INTERVAL: timedelta(microseconds=1),
}
_STEP_TYPES: dict[type, DataType] = {int: INTEGER, Decimal: NUMERIC, timedelta: INTERVAL}


def boundaries_of(tree: Node, solver: AtomSolver) -> Branches:
    """Every edge once, in the order of the text; NULLs come last."""
    found: list[Branch] = []
    for node in walk(tree):
        found.extend(_edges(node, solver))
    columns = unique(
        of_domain(node.name, NULL) for node in walk(tree) if isinstance(node, ColumnRef)
    )
    return unique([*found, *columns])


def _edges(node: Node, solver: AtomSolver) -> Iterator[Branch]:
    yield from map(solver.residual, range_edges(node))
    if isinstance(node, ColumnRef):
        if node.type.kind is _K.BOOLEAN:
            yield from (_pinned(node, value) for value in (False, True))
    elif isinstance(node, Call) and node.name in COMPARISONS:
        yield from _comparison(node, solver) or (*_apart(node, solver), *_decided(node, solver))
    elif isinstance(node, Call) and node.name == "in":
        if isinstance(node.args[0], ColumnRef):
            items = (item for item in node.args[1:] if isinstance(item, Literal))
            yield from (_pinned(node.args[0], item.value) for item in items)
            yield from solver.atom(node, False)
        else:
            yield from _decided(node, solver)
    elif isinstance(node, Call) and node.name == "is_null":
        yield from solver.not_null(node.args[0])
    elif isinstance(node, Call) and node.type.kind is _K.BOOLEAN and node.name not in _JOINING:
        yield from _decided(node, solver)


def _decided(node: Call, solver: AtomSolver) -> Branches:
    """Where the part is true, and where it is false."""
    return (*solver.atom(node, True), *solver.atom(node, False))


def _comparison(node: Call, solver: AtomSolver) -> tuple[Branch, ...]:
    """Nothing for a comparison that is not of columns and constants in a simple way."""
    left, right = node.args
    if isinstance(left, Literal):
        left, right = right, left
    if isinstance(right, Literal):
        counts = counted(left) is not None
        return _decided(node, solver) if counts else tuple(_around_constant(left, right.value))
    return tuple(_around_equality(node))


def _apart(node: Call, solver: AtomSolver) -> Iterator[Branch]:
    """Both sides equal, then the left one a step below and a step above, to be searched for."""
    left, right = node.args
    equal = partial(Call, name="=", function=WITH_NAN["="])
    yield solver.residual(truth(equal(args=(left, right)), frozenset({True})))
    step = _STEPS.get(left.type.kind)
    if step is None or left.type.kind is not right.type.kind:
        return
    for direction in (step, -step):
        with suppress(Unreadable):
            moved = arithmetic("+", right, Literal(value=direction, type=_STEP_TYPES[type(step)]))
            yield solver.residual(truth(equal(args=(left, moved)), frozenset({True})))


def _around_constant(left: Node, value: Any) -> Iterator[Branch]:
    if isinstance(left, Call) and left.name == "length" and type(value) is int:
        yield from _lengths(left.args[0], value)
        return
    simple = linear(left)
    if simple is None or value is None or simple[0].type.kind in (_K.JSON, _K.ARRAY, _K.RANGE):
        return
    column, offset = simple
    try:
        near = constant_minus(value, offset, column.type)
    except Unsolved:
        return
    for edge in neighbours(column.type, near):
        domain = Domain(null=Nullness.MUST_NOT, members=(edge,))
        if domain.intersect(natural(column.type)) is not None:
            yield of_domain(column.name, domain)


def neighbours(data_type: DataType, value: Any) -> tuple[Any, ...]:
    """The value before, the value, and the one after, in steps of the type."""
    if data_type.kind is _K.FLOAT:
        return _floats(data_type, value)
    step = _step(data_type, value)
    if step is None:
        return _labels(data_type, value) if data_type.kind is _K.ENUM else (value,)
    if data_type.kind is _K.INTEGER:
        return tuple(
            sorted(
                {
                    math.floor(value - step),
                    math.floor(value),
                    math.ceil(value),
                    math.ceil(value + step),
                }
            )
        )
    try:
        return value - step, value, value + step
    except OverflowError:
        return (value,)


def _step(data_type: DataType, value: Any) -> Any:
    if data_type.kind is _K.INTEGER:
        return 1 if not isinstance(value, Decimal) or value.is_finite() else None
    if data_type.kind is _K.NUMERIC:
        return _decimal_step(data_type, Decimal(value))
    if data_type.kind is _K.DATE and isinstance(value, date):
        return timedelta(days=1)
    if data_type.kind in (_K.TIMESTAMP, _K.INTERVAL):
        return timedelta(microseconds=1) if not isinstance(value, tuple) else None
    return None


def _decimal_step(data_type: DataType, value: Decimal) -> Decimal | None:
    """One unit of the column's scale; without a scale one of the constant's last digit."""
    if not value.is_finite():
        return None
    exponent = value.as_tuple().exponent
    places = data_type.scale if data_type.scale is not None else -int(min(exponent, 0))
    return Decimal(1).scaleb(-places)


def _floats(data_type: DataType, value: Any) -> tuple[Any, ...]:
    number = float(value)
    if not math.isfinite(number):
        return (number,)
    if data_type.bits == 32:
        if abs(number) > 3e38:
            return (number,)
        return next_single(number, up=False), number, next_single(number, up=True)
    return math.nextafter(number, -math.inf), number, math.nextafter(number, math.inf)


def _labels(data_type: DataType, value: Any) -> tuple[Any, ...]:
    at = data_type.labels.index(value)
    return data_type.labels[max(0, at - 1) : at + 2]


def _lengths(node: Node, value: int) -> Iterator[Branch]:
    if not isinstance(node, ColumnRef) or node.type.fixed:
        return
    for size in (value - 1, value, value + 1):
        if size >= 0:
            shape = Domain(null=Nullness.MUST_NOT, min_length=size, max_length=size)
            domain = shape.intersect(natural(node.type))
            if domain is not None:
                yield of_domain(node.name, domain)


def _around_equality(node: Call) -> Iterator[Branch]:
    """Both columns equal, then the left one a step below and a step above."""
    try:
        found = compared_branches(node)
    except (Unsolved, TooMany):
        return
    if not found or len(found[0].relations) != 1:
        return
    (relation,) = found[0].relations
    types = {part.name: part.type for part in walk(node) if isinstance(part, ColumnRef)}
    for offset in _offsets(relation, types[relation.left]):
        yield of_relation(
            Relation(
                left=relation.left, op="=", right=relation.right, offset=offset, kind=relation.kind
            )
        )


def _offsets(relation: Relation, data_type: DataType) -> tuple[Any, ...]:
    middle = relation.offset
    step: Any = None
    if data_type.kind is _K.INTEGER or data_type.kind is _K.DATE:
        step = 1
    elif data_type.kind is _K.NUMERIC:
        step = _decimal_step(data_type, Decimal(0))
    elif data_type.kind in (_K.TIMESTAMP, _K.INTERVAL):
        step = timedelta(microseconds=1)
    if step is None:
        return (middle,)
    start = middle if middle is not None else step * 0
    return middle, (start - step) or None, (start + step) or None


def _pinned(column: ColumnRef, value: Any) -> Branch:
    return of_domain(column.name, Domain(null=Nullness.MUST_NOT, members=(value,)))
