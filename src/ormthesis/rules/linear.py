"""Comparisons of a column with a constant as domains, and of two columns as relations."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ormthesis.rules.comparison import WITH_NAN, Comparator
from ormthesis.rules.differences import to_number
from ormthesis.rules.domain import Domain, Nullness
from ormthesis.rules.literals import MonthInterval
from ormthesis.rules.tree import Call, ColumnRef, Literal, Node
from ormthesis.schema.types import DataType, TypeKind

_K = TypeKind
_MUST_NOT = Nullness.MUST_NOT
_STEPPED = frozenset({_K.INTEGER, _K.DATE, _K.TIMESTAMP, _K.INTERVAL})
_EQUATABLE = frozenset({_K.TEXT, _K.UUID, _K.BYTES})
NOT_A_NUMBER = Decimal("NaN")


class Unsolved(Exception):  # noqa: N818  # a signal inside the solver
    """No domain says it: the part stays residual."""


Linear = tuple[ColumnRef, Any]
"""A column plus a constant offset, None for none."""


def linear(node: Node) -> Linear | None:
    """`column + constant`, for constants that shift exactly."""
    if isinstance(node, ColumnRef):
        return node, None
    if not isinstance(node, Call) or node.name not in ("+", "-"):
        return None
    left, right = node.args
    if isinstance(left, Literal) and node.name == "+":
        left, right = right, left
    inner = linear(left)
    if inner is None or not isinstance(right, Literal) or not _shifts(inner[0].type, right.value):
        return None
    value: Any = right.value
    return inner[0], add_offsets(inner[1], value if node.name == "+" else -value)


def _shifts(data_type: DataType, value: object) -> bool:
    if data_type.kind in (_K.INTEGER, _K.NUMERIC):
        return isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite())
    if data_type.kind is _K.DATE:
        return isinstance(value, int)
    return data_type.kind in (_K.TIMESTAMP, _K.INTERVAL) and isinstance(value, timedelta)


def add_offsets(left: Any, right: Any) -> Any:
    """The sum, None for none and for nothing."""
    total = (right if left is None else left) if left is None or right is None else left + right
    return total if total else None


def negated_offset(offset: Any) -> Any:
    return None if offset is None else -offset


def constant_minus(value: Any, offset: Any, data_type: DataType) -> Any:
    """The constant on the other side of the comparison.

    Raises:
        Unsolved: beyond Python's dates.
    """
    if offset is None:
        return value
    try:
        if data_type.kind is _K.DATE and isinstance(value, date):
            return value - timedelta(days=offset)
        return value - offset
    except OverflowError:
        raise Unsolved from None


def natural(data_type: DataType) -> Domain:
    """What every value of the type that is not NULL lies within."""
    if data_type.kind is _K.INTEGER:
        low, high = data_type.integer_bounds
        return Domain(null=_MUST_NOT, minimum=low, maximum=high)
    if data_type.kind is _K.TEXT and data_type.length is not None:
        return Domain(null=_MUST_NOT, max_length=data_type.length)
    if data_type.kind is _K.NUMERIC and data_type.precision is not None:
        limit = Decimal(10) ** (data_type.precision - (data_type.scale or 0)) - _unit(
            data_type.scale or 0
        )
        return Domain(null=_MUST_NOT, minimum=-limit, maximum=limit)
    return Domain(null=_MUST_NOT)


def compared_domain(
    data_type: DataType, op: str, value: Any, function: Comparator
) -> Domain | None:
    """Where `column op value` is true; None if nowhere.

    `function` is the comparison itself, for types with few values.

    Raises:
        Unsolved: no domain says it.
    """
    if data_type.kind is _K.ENUM:
        members = tuple(label for label in data_type.labels if function(label, value))
        return Domain(null=_MUST_NOT, members=members) if members else None
    found = _raw_domain(data_type, op, value)
    if found is None:
        return None
    limits = natural(data_type)
    if data_type.kind is _K.NUMERIC and WITH_NAN[op](NOT_A_NUMBER, value):
        # NaN, which is beyond every bound, fits each numeric type.
        if found.intersect(limits) is None:
            return Domain(null=_MUST_NOT, members=(NOT_A_NUMBER,))
        limits = replace(limits, maximum=None)
    return found.intersect(limits)


def _raw_domain(data_type: DataType, op: str, value: Any) -> Domain | None:
    if data_type.kind in _EQUATABLE:
        return _equated(data_type, op, value)
    if isinstance(value, MonthInterval) or _is_special(value):
        raise Unsolved
    if data_type.kind is _K.FLOAT and data_type.bits == 32:
        return _single_precision(op, float(value))
    if data_type.kind in _STEPPED or (data_type.kind is _K.NUMERIC and data_type.scale is not None):
        return _stepped(data_type, op, value)
    if data_type.kind in (_K.FLOAT, _K.NUMERIC, _K.TIME):
        return _bounded(op, value)
    raise Unsolved


def _is_special(value: Any) -> bool:
    if isinstance(value, Decimal):
        return not value.is_finite()
    return isinstance(value, float) and not math.isfinite(value)


def _equated(data_type: DataType, op: str, value: Any) -> Domain:
    if op == "=":
        return Domain(null=_MUST_NOT, members=(value,))
    if op != "<>" or data_type.fixed:
        raise Unsolved
    if value == "":
        return Domain(null=_MUST_NOT, min_length=1)
    return Domain(null=_MUST_NOT, excluded=frozenset({value}))


def _bounded(op: str, value: Any) -> Domain:
    if op == "=":
        return Domain(null=_MUST_NOT, members=(value,))
    if op == "<>":
        return Domain(null=_MUST_NOT, excluded=frozenset({value}))
    if op in (">", ">="):
        return Domain(null=_MUST_NOT, minimum=value, minimum_inclusive=op == ">=")
    return Domain(null=_MUST_NOT, maximum=value, maximum_inclusive=op == "<=")


def _stepped(data_type: DataType, op: str, value: Any) -> Domain | None:
    """Bounds moved to the type's grid, inclusive."""
    place = to_number(value, _K.NUMERIC if data_type.kind is _K.INTEGER else data_type.kind)
    if place is None:
        raise Unsolved
    place /= grid(data_type)
    if op in ("=", "<>") and place.denominator != 1:
        return None if op == "=" else Domain(null=_MUST_NOT)
    if op in ("=", "<>"):
        return _bounded(op, from_grid(data_type, int(place), value))
    if op in (">", ">="):
        step = math.floor(place) + 1 if op == ">" else math.ceil(place)
        return Domain(null=_MUST_NOT, minimum=from_grid(data_type, step, value))
    step = math.ceil(place) - 1 if op == "<" else math.floor(place)
    return Domain(null=_MUST_NOT, maximum=from_grid(data_type, step, value))


def grid(data_type: DataType) -> Fraction:
    """The step of the type, on the line of `to_number`."""
    if data_type.kind is _K.NUMERIC:
        return (
            Fraction(1, 10 ** (data_type.scale or 0))
            if (data_type.scale or 0) >= 0
            else Fraction(10 ** -(data_type.scale or 0))
        )
    return Fraction(1)


def _unit(scale: int) -> Decimal:
    return Decimal(1).scaleb(-scale)


def from_grid(data_type: DataType, steps: int, near: Any) -> Any:
    """The value that many steps from zero; `near` gives the zone of a timestamp.

    Raises:
        Unsolved: beyond Python's dates.
    """
    if data_type.kind is _K.INTEGER:
        return steps
    if data_type.kind is _K.NUMERIC:
        return steps * _unit(data_type.scale or 0)
    here = to_number(near, data_type.kind)
    assert here is not None
    unit = timedelta(days=1) if data_type.kind is _K.DATE else timedelta(microseconds=1)
    try:
        return near + (steps - int(here)) * unit
    except OverflowError:
        raise Unsolved from None


def _single_precision(op: str, value: float) -> Domain | None:
    """Bounds that survive rounding to a real."""
    near: float = struct.unpack("f", struct.pack("f", value))[0] if abs(value) < 3e38 else math.inf
    if math.isinf(near):
        raise Unsolved
    if op in ("=", "<>"):
        if near != value:
            return None if op == "=" else Domain(null=_MUST_NOT)
        if op == "<>":
            raise Unsolved
        return Domain(null=_MUST_NOT, members=(value,))
    up = op in (">", ">=")
    if (near == value and op in (">=", "<=")) or ((near > value) == up and near != value):
        bound = near
    else:
        bound = next_single(near, up=up)
    return Domain(null=_MUST_NOT, minimum=bound) if up else Domain(null=_MUST_NOT, maximum=bound)


def next_single(value: float, *, up: bool) -> float:
    """The neighbouring real."""
    if value == 0:
        return 2.0**-149 if up else -(2.0**-149)
    (bits,) = struct.unpack("i", struct.pack("f", value))
    bits += 1 if (value > 0) == up else -1
    result: float = struct.unpack("f", struct.pack("i", bits))[0]
    return result
