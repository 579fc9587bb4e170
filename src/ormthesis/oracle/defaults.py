"""The value of a column that a statement leaves out, as far as the declarations tell it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ormthesis.oracle.coercion import coerce
from ormthesis.oracle.outcome import Unspecified
from ormthesis.schema.model import Column, Default, DefaultKind
from ormthesis.schema.types import DataType, TypeKind

_LITERAL = re.compile(
    r"^\(*\s*(?:'(?P<text>(?:[^']|'')*)'|(?P<bare>[-+]?[\w.]+))\s*\)*(?:::[\w\s\".()]+)?$"
)
_TRUE = {"t", "true", "y", "yes", "on", "1"}


def default_value(column: Column, *, through_orm: bool) -> Any:
    """The stored value, or `Unspecified` where it is computed when the statement runs.

    Through the ORM the Python default comes first; PostgreSQL knows only the server default.
    """
    if through_orm and column.default is not None:
        return _declared(column, column.default)
    if column.server_default is not None:
        return _declared(column, column.server_default)
    return None


def has_default(column: Column, *, through_orm: bool) -> bool:
    return column.server_default is not None or (through_orm and column.default is not None)


def _declared(column: Column, default: Default) -> Any:
    if default.kind is DefaultKind.SCALAR:
        return coerce(column.type, column.type.flushed(default.value))
    if default.kind is DefaultKind.SERVER and default.sql is not None:
        value = literal_value(column.type, default.sql)
        if not isinstance(value, Unspecified):
            return coerce(column.type, value)
    return Unspecified.ANY if column.nullable else Unspecified.NOT_NULL


def literal_value(data_type: DataType, sql: str) -> Any:
    """The value of a DEFAULT that is a plain literal; `Unspecified.ANY` for any other."""
    found = _LITERAL.match(sql.strip())
    if found is None:
        return Unspecified.ANY
    quoted, bare = found["text"], found["bare"]
    if bare is not None and bare.upper() == "NULL":
        return None
    text = quoted.replace("''", "'") if quoted is not None else bare
    reader = _READERS.get(data_type.kind)
    if reader is None or (quoted is None and data_type.kind in _QUOTED_ONLY):
        return Unspecified.ANY
    try:
        return reader(text)
    except (ValueError, InvalidOperation):
        return Unspecified.ANY


_QUOTED_ONLY = {TypeKind.TEXT, TypeKind.ENUM, TypeKind.JSON}
_READERS: dict[TypeKind, Callable[[str], Any]] = {
    TypeKind.BOOLEAN: lambda text: text.strip().lower() in _TRUE,
    TypeKind.INTEGER: int,
    TypeKind.NUMERIC: Decimal,
    TypeKind.FLOAT: float,
    TypeKind.TEXT: str,
    TypeKind.ENUM: str,
    TypeKind.JSON: json.loads,
}
