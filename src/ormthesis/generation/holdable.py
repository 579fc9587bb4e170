"""Can a column hold a given Python value? For values that a user gives in place of drawn ones."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_interface, ip_network
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.generation.type_registry import DEFAULT_TYPES
from ormthesis.schema.model import DefaultKind
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
    return type_refusal(column.type, value)


def refuses_default(column: Column) -> bool:
    """Whether the column's own type, a TypeDecorator, does not take its scalar default."""
    default = column.default
    if default is None or default.kind is not DefaultKind.SCALAR or not column.type.decorates:
        return False
    try:
        column.type.bind(default.value)
    except Exception:  # a user's type may refuse a value in its own way
        return True
    return False


def type_refusal(data_type: DataType, value: Any) -> Expectation:
    """The same for the type alone, which None does not concern."""
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
            else type_refusal(data_type.item, item)
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


def _network(data_type: DataType, value: Any) -> Expectation:
    try:
        (ip_network if data_type.fixed else ip_interface)(str(value))
    except ValueError:
        return "a network" if data_type.fixed else "an address"
    return None


def _mac_address(data_type: DataType, value: Any) -> Expectation:
    fits = isinstance(value, str) and len(re.sub(r"[^0-9A-Fa-f]", "", value)) == data_type.bits // 4
    return None if fits else f"a MAC address of {data_type.bits // 8} bytes"


def _bits(data_type: DataType, value: Any) -> Expectation:
    limit = data_type.length
    fits = isinstance(value, str) and not value.strip("01")
    if data_type.fixed:
        return None if fits and len(value) == limit else f"text of {limit} zeros and ones"
    return None if fits and (limit is None or len(value) <= limit) else "text of zeros and ones"


def _map(_: DataType, value: Any) -> Expectation:
    fits = isinstance(value, Mapping) and all(
        isinstance(key, str) and isinstance(item, str | None) for key, item in value.items()
    )
    return None if fits else "a mapping from text to text or None"


def _range(data_type: DataType, value: Any) -> Expectation:
    parts = value if data_type.multiple and isinstance(value, (list, tuple)) else [value]
    fits = all(isinstance(part, Range) for part in parts)
    if not fits:
        return f"a {'list of ranges' if data_type.multiple else 'range'}"
    ends = (end for part in parts for end in (part.lower, part.upper) if end is not None)
    wanted = (type_refusal(data_type.item, end) for end in ends if data_type.item is not None)
    found = next(filter(None, wanted), None)
    return f"a range of which every end is {found}" if found else None


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
    TypeKind.CITEXT: _text,
    TypeKind.NETWORK: _network,
    TypeKind.MACADDR: _mac_address,
    TypeKind.BITS: _bits,
    TypeKind.MONEY: _instance("a number", int, float, Decimal, str),
    TypeKind.HSTORE: _map,
    TypeKind.RANGE: _range,
    TypeKind.TSVECTOR: _instance("text", str),
    TypeKind.TSQUERY: _instance("text", str),
    TypeKind.WORD: _enum,
}
