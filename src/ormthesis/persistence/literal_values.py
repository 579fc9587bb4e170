"""Python values as SQL literals, without a connection.

Quoted literals carry no type, so PostgreSQL gives them the column's type, as it does with the
driver's parameters. A text with a backslash is written as E'...', which means the same whatever
`standard_conforming_strings` says.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.json import Json, Jsonb
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from ormthesis.persistence.literal_texts import bits_text, hstore_text, range_text
from ormthesis.schema.types import DataType, Stored, TypeKind

Render = Callable[[Any], str]

# `named` parameters keep a percent sign in a name single.
DIALECT = PGDialect_psycopg(paramstyle="named")  # type: ignore[no-untyped-call]  # as in 2.x


class DriverRefused(Exception):  # noqa: N818 - an observed rejection, not an error
    """The driver or the column's type refuses the value before a server sees it."""


def renderer(data_type: DataType) -> Render:
    """The function that writes a value of this type as a SQL literal.

    It raises DriverRefused for values that the driver does not take: text with NUL or a lone
    surrogate, an object that has no adapter, a value that the column's own type refuses.
    """
    convert = _converter(data_type)
    if convert is None:
        return literal

    def render(value: Any) -> str:
        return "NULL" if value is None else literal(convert(value))

    return render if data_type.beneath is data_type else _with_way_around(data_type, render)


def _with_way_around(data_type: DataType, render: Render) -> Render:
    """For decorated types: a stored value is written as the type beneath writes it."""
    beneath = renderer(data_type.beneath)
    return lambda value: beneath(value.value) if isinstance(value, Stored) else render(value)


def literal(value: Any) -> str:
    """A value that the driver adapts by its Python class, as a SQL literal."""
    write = _LITERALS.get(type(value))
    return write(value) if write else quote(text_form(value))


def quote(text: str) -> str:
    """Text as a quoted literal."""
    if "\0" in text:
        raise DriverRefused("PostgreSQL text cannot contain NUL (0x00)")
    if not text.isascii():
        _refuse_surrogates(text)
    if "'" in text:
        text = text.replace("'", "''")
    if "\\" in text:
        return "E'" + text.replace("\\", "\\\\") + "'"
    return "'" + text + "'"


def text_form(value: Any) -> str:
    """A value in PostgreSQL's text format, before any quoting."""
    write = _TEXTS.get(type(value))
    return write(value) if write else _driver_text(value)


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DriverRefused(str(error)) from error


def _driver_text(value: Any) -> str:
    """What psycopg would send: for subclasses, ranges, networks and other rarer classes."""
    try:
        dumped = Transformer().get_dumper(value, PyFormat.TEXT).dump(value)
    except (psycopg.Error, ValueError, TypeError) as error:
        raise DriverRefused(str(error)) from error
    return bytes(dumped or b"").decode()


def _converter(data_type: DataType) -> Callable[[Any], Any] | None:
    """What the column's type does to a value before the driver sees it; None for nothing."""
    if data_type.decorates is not None:
        beneath = _converter(data_type.decorates)
        bind = _refusing(data_type.bind)
        return (lambda value: beneath(bind(value))) if beneath else bind
    if data_type.domain is not None:
        return _domain_converter(data_type)
    if data_type.kind in _CONVERTERS:
        return _CONVERTERS[data_type.kind]
    if data_type.kind is TypeKind.RANGE:
        return _range_converter(data_type)
    if data_type.kind is TypeKind.ENUM:
        return _label_converter(data_type)
    if data_type.kind is TypeKind.ARRAY:
        return _array_converter(data_type)
    if data_type.kind is TypeKind.BOOLEAN or data_type.source is None:
        return None
    return _type_converter(data_type)


def _label_converter(data_type: DataType) -> Callable[[Any], Any]:
    """Members become labels; any plain text passes, so that a wrong label reaches the server."""
    labels = dict(zip(data_type.members, data_type.labels, strict=True))
    return lambda value: labels.get(value, value) if isinstance(value, Enum) else value


def _float_converter(value: Any) -> Any:
    """Quoted, since an unquoted number is numeric, which has no -0.0."""
    return repr(value) if isinstance(value, float) else value


def _array_converter(data_type: DataType) -> Callable[[Any], Any]:
    item = _converter(data_type.item) if data_type.item else None

    def text(value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, (list, tuple)) and not isinstance(value, MultiRange):
            return "{" + ",".join(map(text, value)) + "}"
        inner = text_form(item(value) if item else value)
        return '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return lambda value: text(value) if isinstance(value, (list, tuple)) else value


def _type_converter(data_type: DataType) -> Callable[[Any], Any] | None:
    process = data_type.source.dialect_impl(DIALECT).bind_processor(DIALECT)
    return None if process is None else _refusing(process)


def _domain_converter(data_type: DataType) -> Callable[[Any], Any] | None:
    """A domain has no processing of its own; its values are those of the type beneath."""
    return _converter(replace(data_type, domain=None, source=None))


def _range_converter(data_type: DataType) -> Callable[[Any], Any]:
    assert data_type.item is not None
    item = _converter(data_type.item)
    write: Callable[[Any], str] = (lambda value: text_form(item(value))) if item else text_form
    return lambda value: range_text(value, write)


def _refusing(process: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        try:
            return process(value)
        except Exception as error:  # a user's type may refuse a value in its own way
            raise DriverRefused(f"{type(error).__name__}: {error}") from error

    return convert


def _decimal(value: Decimal) -> str:
    return str(value) if value.is_finite() else quote(_decimal_text(value))


def _decimal_text(value: Decimal) -> str:
    return "NaN" if value.is_nan() else str(value)


def _float(value: float) -> str:
    text = repr(value)
    return quote(text) if text in ("nan", "inf", "-inf") else text


def _bytes_text(value: bytes) -> str:
    return "\\x" + bytes(value).hex()


def _interval_text(value: dt.timedelta) -> str:
    """Signs on every part, so that every IntervalStyle reads it alike."""
    return f"{value.days:+d} day {value.seconds:+d} second {value.microseconds:+d} microsecond"


def _document_text(value: Json | Jsonb) -> str:
    dumps = value.dumps or json.dumps
    try:
        text = dumps(value.obj)
    except (TypeError, ValueError) as error:
        raise DriverRefused(f"{type(error).__name__}: {error}") from error
    return text.decode() if isinstance(text, bytes) else text


_TEXTS: Mapping[type, Callable[[Any], str]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: repr,
    Decimal: _decimal_text,
    bytes: _bytes_text,
    bytearray: _bytes_text,
    memoryview: _bytes_text,
    UUID: str,
    dt.datetime: str,
    dt.date: str,
    dt.timedelta: _interval_text,
    Json: _document_text,
    Jsonb: _document_text,
}
"""By exact class; time of day is the driver's, which refuses a zone without a fixed offset."""

_CONVERTERS: Mapping[TypeKind, Callable[[Any], Any]] = {
    TypeKind.FLOAT: _float_converter,
    TypeKind.HSTORE: hstore_text,
    TypeKind.BITS: bits_text,
    TypeKind.MONEY: lambda value: str(value),
}
"""What is done to values of a kind before the driver sees them."""

_LITERALS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    bool: lambda value: "true" if value else "false",
    str: quote,
    int: str,
    float: _float,
    Decimal: _decimal,
    UUID: lambda value: f"'{value}'",
    dt.datetime: lambda value: f"'{value}'",
    dt.date: lambda value: f"'{value}'",
}
