"""From a SQLAlchemy type to a `DataType`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from ormthesis.schema.types import DataType, TypeKind

# `named` parameters keep a percent sign single in compiled text.
DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # untyped in 2.x

Reader = Callable[[Any], dict[str, Any]]


def read_type(sa_type: TypeEngine[Any]) -> DataType:
    """The data type, of kind UNKNOWN where no reader takes it."""
    name = _compiled_name(sa_type)
    for base, reader in _READERS:
        if isinstance(sa_type, base):
            return DataType(name=name, source=sa_type, **reader(sa_type))
    return DataType(kind=TypeKind.UNKNOWN, name=name, source=sa_type)


def _compiled_name(sa_type: TypeEngine[Any]) -> str:
    try:
        return sa_type.compile(dialect=DIALECT)
    except sa.exc.CompileError:
        return repr(sa_type)


def _integer(bits: int) -> Reader:
    return lambda _: {"kind": TypeKind.INTEGER, "bits": bits}


def _plain(kind: TypeKind) -> Reader:
    return lambda _: {"kind": kind}


def _text(sa_type: Any) -> dict[str, Any]:
    fixed = isinstance(sa_type, sa.CHAR)
    length = sa_type.length if sa_type.length is not None or not fixed else 1
    return {"kind": TypeKind.TEXT, "length": length, "fixed": fixed}


def _numeric(sa_type: Any) -> dict[str, Any]:
    precision = sa_type.precision
    scale = sa_type.scale
    if precision is not None and scale is None:
        scale = 0
    return {"kind": TypeKind.NUMERIC, "precision": precision, "scale": scale}


def _float(sa_type: Any) -> dict[str, Any]:
    small = isinstance(sa_type, sa.REAL) or (sa_type.precision or 53) <= 24
    return {"kind": TypeKind.FLOAT, "bits": 32 if small else 64}


def _zoned(kind: TypeKind) -> Reader:
    return lambda sa_type: {"kind": kind, "timezone": bool(sa_type.timezone)}


def _enum(sa_type: Any) -> dict[str, Any]:
    members = tuple(sa_type.enum_class or ()) or tuple(sa_type.enums)
    send = sa_type.dialect_impl(DIALECT).bind_processor(DIALECT)
    labels = tuple(send(member) if send else member for member in members)
    native = bool(sa_type.native_enum)
    return {"kind": TypeKind.ENUM, "labels": labels, "members": members, "native": native}


def _json(sa_type: Any) -> dict[str, Any]:
    binary = isinstance(sa_type, postgresql.JSONB)
    return {"kind": TypeKind.JSON, "binary": binary, "none_as_null": bool(sa_type.none_as_null)}


def _array(sa_type: Any) -> dict[str, Any]:
    return {"kind": TypeKind.ARRAY, "item": read_type(sa_type.item_type)}


# Subclasses stand before their bases: the first that matches reads the type.
_READERS: tuple[tuple[type[Any], Reader], ...] = (
    (sa.Enum, _enum),
    (sa.Boolean, _plain(TypeKind.BOOLEAN)),
    (sa.SmallInteger, _integer(16)),
    (sa.BigInteger, _integer(64)),
    (sa.Integer, _integer(32)),
    (sa.Float, _float),
    (sa.Numeric, _numeric),
    (sa.String, _text),
    (sa.LargeBinary, _plain(TypeKind.BYTES)),
    (postgresql.BYTEA, _plain(TypeKind.BYTES)),
    (sa.DateTime, _zoned(TypeKind.TIMESTAMP)),
    (sa.Date, _plain(TypeKind.DATE)),
    (sa.Time, _zoned(TypeKind.TIME)),
    (sa.Interval, _plain(TypeKind.INTERVAL)),
    (postgresql.INTERVAL, _plain(TypeKind.INTERVAL)),
    (sa.Uuid, _plain(TypeKind.UUID)),
    (sa.JSON, _json),
    (sa.ARRAY, _array),
)
