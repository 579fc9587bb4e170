"""Conversions between types: explicit casts, and literals that take their type from context."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from ormthesis.rules.documents import JSON_NULL
from ormthesis.rules.errors import EvaluationError, Unreadable, undecided
from ormthesis.rules.literals import parse_literal
from ormthesis.rules.number_operators import (
    bounded,
    fitted,
    float_to_integer,
    numeric_to_integer,
    single,
    to_double,
)
from ormthesis.rules.sql_types import TEXT, has_plain_equality, is_untyped
from ormthesis.rules.tree import Literal, Node, call
from ormthesis.schema.types import DataType, TypeKind

Conversion = tuple[Callable[[Any], object] | None, bool]
"""A function (None: the value is the same) and whether it fails for some values."""

Special = Callable[[DataType, DataType], Conversion | None]
_K = TypeKind
_SAME: Conversion = (None, False)
_RETYPED: Conversion = (lambda value: value, False)
"""The value is the same, and operators see the new type."""


def convert_untyped(node: Node, data_type: DataType) -> Node:
    """A literal without a type takes the one of its context; other nodes stay as they are."""
    if not is_untyped(node.type) or is_untyped(data_type):
        return node
    if not isinstance(node, Literal):
        raise Unreadable("an expression without a type")
    if data_type.kind is _K.TEXT and not data_type.fixed:
        data_type = TEXT  # a comparison works on text, whatever the column's length
    if node.value is None:
        return Literal(value=None, type=data_type)
    return Literal(value=parse_literal(str(node.value), data_type), type=data_type)


def cast(node: Node, data_type: DataType) -> Node:
    """`node::type`.

    Raises:
        Unreadable: a conversion that is not understood or depends on the session.
    """
    if is_untyped(node.type):
        return _typmod(convert_untyped(node, data_type), data_type)
    function, fails = _conversion(node.type, data_type)
    if function is not None:
        node = call("cast", (node,), data_type, function, fails=fails)
    elif isinstance(node, Literal):
        node = Literal(value=node.value, type=data_type)
    return _typmod(node, data_type)


def _typmod(node: Node, data_type: DataType) -> Node:
    if data_type.kind is _K.TEXT and data_type.length is not None:
        length = data_type.length
        if node.type.length is not None and node.type.length <= length:
            return node
        return call("cast", (node,), data_type, lambda text: text[:length])
    if data_type.kind is _K.NUMERIC and data_type.precision is not None:
        precision, scale = data_type.precision, data_type.scale or 0
        return call("cast", (node,), data_type, lambda n: fitted(n, precision, scale), fails=True)
    return node


def _conversion(source: DataType, target: DataType) -> Conversion:
    pair = (source.kind, target.kind)
    if pair in _CONVERSIONS:
        return _CONVERSIONS[pair]
    special = _SPECIAL.get(pair)
    found = special(source, target) if special is not None else None
    if found is None:
        raise Unreadable(f"cast from {source.name} to {target.name}")
    return found


def _integers(source: DataType, target: DataType) -> Conversion:
    if target.bits >= source.bits:
        return _RETYPED if target.bits > source.bits else _SAME
    return bounded(lambda value: value, target.bits), True


def _floats(source: DataType, target: DataType) -> Conversion:
    if target.bits >= source.bits:
        return _RETYPED if target.bits > source.bits else _SAME
    return single, True


def _to_float(_: DataType, target: DataType) -> Conversion:
    if target.bits == 64:
        return to_double, True
    return (lambda value: single(to_double(value))), True


def _integer_to_float(_: DataType, target: DataType) -> Conversion:
    return (float if target.bits == 64 else lambda value: single(float(value))), False


def _to_integer(function: Callable[[Any], int]) -> Callable[[DataType, DataType], Conversion]:
    return lambda _, target: (bounded(function, target.bits), True)


def _texts(source: DataType, target: DataType) -> Conversion | None:
    if not has_plain_equality(source):
        return None
    if target.fixed and not source.fixed:
        return (lambda text: text.rstrip(" ")), False
    return _RETYPED if source.fixed and not target.fixed else _SAME


def _same_name(source: DataType, target: DataType) -> Conversion | None:
    return _SAME if source.name == target.name else None


def _documents(source: DataType, target: DataType) -> Conversion | None:
    if source.binary == target.binary:
        return _SAME
    return _RETYPED if target.binary else None


def _times(source: DataType, target: DataType) -> Conversion | None:
    return None if source.timezone or target.timezone else _SAME


def _date_to_timestamp(_: DataType, target: DataType) -> Conversion:
    zone = UTC if target.timezone else None
    return (lambda day: datetime.combine(day, time(), zone)), False


def _timestamps(source: DataType, target: DataType) -> Conversion:
    if source.timezone == target.timezone:
        return _SAME
    if target.timezone:
        return (lambda moment: moment.replace(tzinfo=UTC)), False
    return (lambda moment: moment.astimezone(UTC).replace(tzinfo=None)), False


def timestamp_to_date(moment: datetime) -> date:
    """In UTC, as the session is."""
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _from_text(source: DataType, target: DataType) -> Conversion | None:
    if source.fixed:
        return None

    def parsed(text: str) -> object:
        try:
            return parse_literal(text, target)
        except Unreadable:
            message = f"{text!r} is not plain input of type {target.name}"
            raise EvaluationError(message) from None

    return parsed, True


def _document_to_number(_: DataType, target: DataType) -> Conversion:
    fitting: Callable[[Decimal], object] = lambda number: number  # noqa: E731
    if target.kind is _K.INTEGER:
        fitting = bounded(numeric_to_integer, target.bits)

    def run(value: Any) -> object:
        if value is None or value is JSON_NULL:
            raise undecided("JSON's null as a number")  # an error before version 18
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            raise EvaluationError("cannot cast a JSON value", sqlstate="22023")
        return fitting(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))

    return run, True


def _document_to_boolean(source: DataType, _: DataType) -> Conversion:
    def run(value: Any) -> object:
        if value is None or value is JSON_NULL:
            raise undecided("JSON's null as a truth value")
        if not isinstance(value, bool):
            raise EvaluationError("cannot cast a JSON value", sqlstate="22023")
        return value

    return run, True


def _binary(convert: Special) -> Special:
    """For jsonb alone."""
    return lambda source, target: convert(source, target) if source.binary else None


def _float_to_numeric(source: DataType, _: DataType) -> Conversion:
    """With as many digits as the type is sure of."""
    digits = 6 if source.bits == 32 else 15

    def run(value: float) -> Decimal:
        if math.isinf(value):
            raise undecided("an infinite number as numeric")
        return Decimal("NaN") if value != value else Decimal(f"{value:.{digits}g}")

    return run, True


def _to_numeric(value: int) -> Decimal:
    return Decimal(value)


def _arrays(source: DataType, target: DataType) -> Conversion | None:
    """Item by item; NULL stays."""
    if source.item is None or target.item is None:
        return None
    function, fails = _conversion(source.item, target.item)
    if target.item.length is not None or target.item.precision is not None:
        return None
    if function is None:
        return _SAME
    convert = function

    def run(items: list[Any]) -> list[Any]:
        return [
            run(item) if isinstance(item, list) else None if item is None else convert(item)
            for item in items
        ]

    return run, fails


def _ranges(source: DataType, target: DataType) -> Conversion | None:
    """Of one type to itself, as a definition that is printed has it."""
    return _SAME if source.name.lower() == target.name.lower() else None


_CONVERSIONS: dict[tuple[TypeKind, TypeKind], Conversion] = {
    (_K.BOOLEAN, _K.BOOLEAN): _SAME,
    (_K.BYTES, _K.BYTES): _SAME,
    (_K.DATE, _K.DATE): _SAME,
    (_K.INTERVAL, _K.INTERVAL): _SAME,
    (_K.UUID, _K.UUID): _SAME,
    (_K.NUMERIC, _K.NUMERIC): _SAME,
    (_K.INTEGER, _K.NUMERIC): (_to_numeric, False),
    (_K.INTEGER, _K.BOOLEAN): (bool, False),
    (_K.BOOLEAN, _K.INTEGER): (int, False),
    (_K.BOOLEAN, _K.TEXT): (lambda value: "true" if value else "false", False),
    (_K.INTEGER, _K.TEXT): (str, False),
    (_K.UUID, _K.TEXT): (str, False),
    (_K.DATE, _K.TEXT): (date.isoformat, False),
    (_K.TIMESTAMP, _K.DATE): (timestamp_to_date, False),
}
_SPECIAL: dict[tuple[TypeKind, TypeKind], Special] = {
    (_K.INTEGER, _K.INTEGER): _integers,
    (_K.INTEGER, _K.FLOAT): _integer_to_float,
    (_K.NUMERIC, _K.INTEGER): _to_integer(numeric_to_integer),
    (_K.NUMERIC, _K.FLOAT): _to_float,
    (_K.FLOAT, _K.FLOAT): _floats,
    (_K.FLOAT, _K.INTEGER): _to_integer(float_to_integer),
    (_K.FLOAT, _K.NUMERIC): _float_to_numeric,
    (_K.JSON, _K.INTEGER): _binary(_document_to_number),
    (_K.JSON, _K.NUMERIC): _binary(_document_to_number),
    (_K.JSON, _K.BOOLEAN): _binary(_document_to_boolean),
    (_K.TEXT, _K.TEXT): _texts,
    (_K.TEXT, _K.INTEGER): _from_text,
    (_K.TEXT, _K.NUMERIC): _from_text,
    (_K.TEXT, _K.BOOLEAN): _from_text,
    (_K.TEXT, _K.UUID): _from_text,
    (_K.ENUM, _K.ENUM): _same_name,
    (_K.ENUM, _K.TEXT): lambda _, target: None if target.fixed else _RETYPED,
    (_K.JSON, _K.JSON): _documents,
    (_K.TIME, _K.TIME): _times,
    (_K.ARRAY, _K.ARRAY): _arrays,
    (_K.RANGE, _K.RANGE): _ranges,
    (_K.DATE, _K.TIMESTAMP): _date_to_timestamp,
    (_K.TIMESTAMP, _K.TIMESTAMP): _timestamps,
}
