"""What all inverses share: proposals, and values of one type that are near to one of another."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from ormthesis.rules.arithmetic import shift
from ormthesis.rules.documents import JSON_NULL
from ormthesis.rules.literals import MonthInterval
from ormthesis.rules.tree import Call
from ormthesis.schema.types import DataType, TypeKind

Proposal = tuple[int, Any]
"""An argument's index, and the value that it should have."""
Inverse = Callable[[Call, Any, Sequence[Any]], Iterator[Proposal]]
_K = TypeKind
_SPAN = (timedelta, MonthInterval)


class _Any:
    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()
"""Any value that is not NULL."""


def as_type(value: Any, data_type: DataType) -> Iterator[Any]:
    """Values of a type that are, or are near to, the value; nothing where there are none."""
    if value is None or value is ANY or value is JSON_NULL:
        yield value
        return
    try:
        yield from _AS_KIND.get(data_type.kind, _unchanged)(value, data_type)
    except (TypeError, ValueError, ArithmeticError):
        return


def _unchanged(value: Any, _: DataType) -> Iterator[Any]:
    yield value


def _as_integer(value: Any, _: DataType) -> Iterator[Any]:
    number = Decimal(value)
    if number.is_finite():
        yield from dict.fromkeys((math.floor(number), math.ceil(number)))


def _as_numeric(value: Any, data_type: DataType) -> Iterator[Any]:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if data_type.scale is None or not number.is_finite():
        yield number
        return
    unit = Decimal(1).scaleb(-data_type.scale)
    low = (number / unit).to_integral_value("ROUND_FLOOR") * unit
    yield low
    if low != number:
        yield low + unit


def _as_float(value: Any, _: DataType) -> Iterator[Any]:
    yield float(value)


def _as_text(value: Any, data_type: DataType) -> Iterator[Any]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, (dict, list)):
        return
    else:
        yield str(value).rstrip(" ") if data_type.fixed else str(value)


def _as_boolean(value: Any, _: DataType) -> Iterator[Any]:
    yield value in (True, "true")


def _as_date(value: Any, _: DataType) -> Iterator[Any]:
    moment = date.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        yield moment.date()
        yield moment.date() + timedelta(days=1)
    elif isinstance(moment, date):
        yield moment


def _as_timestamp(value: Any, data_type: DataType) -> Iterator[Any]:
    if not isinstance(value, date):
        return
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    if (moment.tzinfo is not None) is data_type.timezone:
        yield moment
    elif data_type.timezone:
        yield moment.replace(tzinfo=UTC)
    else:
        yield moment.astimezone(UTC).replace(tzinfo=None)


def _as_uuid(value: Any, _: DataType) -> Iterator[Any]:
    yield value if isinstance(value, uuid.UUID) else uuid.UUID(value)


def _as_array(value: Any, _: DataType) -> Iterator[Any]:
    if isinstance(value, list):
        yield value


def _as_label(value: Any, data_type: DataType) -> Iterator[Any]:
    if value in data_type.labels:
        yield value


def plus(left: Any, right: Any) -> Any:
    """`left + right` for numbers, moments and spans."""
    if isinstance(right, _SPAN):
        return shift(1)(left, right)
    if isinstance(left, timedelta):
        return right + left
    if isinstance(left, date) and isinstance(right, int):
        return left + timedelta(days=right)
    if isinstance(left, float) or isinstance(right, float):
        return float(left) + float(right)
    return left + right


def minus(left: Any, right: Any) -> Any:
    """`left - right` likewise."""
    if isinstance(right, _SPAN):
        return shift(-1)(left, right)
    if isinstance(left, date) and isinstance(right, int):
        return left - timedelta(days=right)
    if isinstance(left, date) and not isinstance(left, datetime) and type(right) is type(left):
        return (left - right).days
    if isinstance(left, float) or isinstance(right, float):
        return float(left) - float(right)
    return left - right


_AS_KIND: dict[TypeKind, Callable[[Any, DataType], Iterator[Any]]] = {
    _K.INTEGER: _as_integer,
    _K.NUMERIC: _as_numeric,
    _K.FLOAT: _as_float,
    _K.TEXT: _as_text,
    _K.BOOLEAN: _as_boolean,
    _K.DATE: _as_date,
    _K.TIMESTAMP: _as_timestamp,
    _K.UUID: _as_uuid,
    _K.ENUM: _as_label,
    _K.ARRAY: _as_array,
}
