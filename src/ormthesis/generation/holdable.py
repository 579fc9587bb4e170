"""Can a column hold a given Python value? For values that a user gives in place of drawn ones."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ormthesis.generation.type_registry import DEFAULT_TYPES
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ormthesis.schema.model import Column

Expectation = str | None
"""What the column takes, in words, where the value is not of that kind; None where it is."""


def refusal(column: Column, value: Any) -> Expectation:
    """What the column takes instead, such as `text of at most 64 characters`."""
    if value is None:
        return None if column.nullable else "a value, since it is NOT NULL"
    if DEFAULT_TYPES.find(column.type.source) is not None:
        return None
    return _refusal(column.type, value)


def _refusal(data_type: DataType, value: Any) -> Expectation:
    check = _CHECKS.get(data_type.kind)
    return check(data_type, value) if check else None


def _integer(data_type: DataType, value: Any) -> Expectation:
    low, high = data_type.integer_bounds
    fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return None if fits else f"a whole number from {low} to {high}"


def _numeric(data_type: DataType, value: Any) -> Expectation:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return "a number"
    if data_type.precision is None:
        return None
    limit = Decimal(10) ** (data_type.precision - (data_type.scale or 0))
    fits = Decimal(value).is_nan() or abs(Decimal(value)) < limit
    return None if fits else f"a number of less than {limit} on either side of zero"


def _text(data_type: DataType, value: Any) -> Expectation:
    if not isinstance(value, str):
        return "text"
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        return "text without NUL characters and lone surrogates"
    limit = data_type.length
    fits = limit is None or len(value.rstrip(" ") if data_type.fixed else value) <= limit
    return None if fits else f"text of at most {limit} characters"


def _enum(data_type: DataType, value: Any) -> Expectation:
    fits = value in data_type.members or value in data_type.labels
    return None if fits else f"one of {', '.join(map(repr, data_type.members or data_type.labels))}"


def _array(data_type: DataType, value: Any) -> Expectation:
    if not isinstance(value, (list, tuple)):
        return "a list"
    for item in value:
        nested = isinstance(item, (list, tuple))
        wanted = (
            None
            if item is None or nested or data_type.item is None
            else _refusal(data_type.item, item)
        )
        if wanted:
            return f"a list of which every item is {wanted}"
    return None


def _date(data_type: DataType, value: Any) -> Expectation:
    fits = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return None if fits else "a date"


def _timestamp(data_type: DataType, value: Any) -> Expectation:
    if not isinstance(value, dt.datetime):
        return "a datetime"
    fits = (value.tzinfo is not None) is data_type.timezone
    return None if fits else f"a datetime {'with' if data_type.timezone else 'without'} a time zone"


def _uuid(data_type: DataType, value: Any) -> Expectation:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return "a UUID"
    return None


def _instance(expected: str, *types: type) -> Callable[[DataType, Any], Expectation]:
    return lambda _, value: None if isinstance(value, types) else expected


_CHECKS: dict[TypeKind, Callable[[DataType, Any], Expectation]] = {
    TypeKind.BOOLEAN: _instance("True or False", bool),
    TypeKind.INTEGER: _integer,
    TypeKind.NUMERIC: _numeric,
    TypeKind.FLOAT: _instance("a number", int, float, Decimal),
    TypeKind.TEXT: _text,
    TypeKind.BYTES: _instance("bytes", bytes, bytearray, memoryview),
    TypeKind.DATE: _date,
    TypeKind.TIME: _instance("a time", dt.time),
    TypeKind.TIMESTAMP: _timestamp,
    TypeKind.INTERVAL: _instance("a timedelta", dt.timedelta),
    TypeKind.UUID: _uuid,
    TypeKind.ENUM: _enum,
    TypeKind.ARRAY: _array,
}
