"""From a SQLAlchemy type to a `DataType`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from ormthesis.schema.decorators import beneath, conversions
from ormthesis.schema.types import DataType, DomainRules, TypeKind

# `named` parameters keep a percent sign single in compiled text.
DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # untyped in 2.x

Reader = Callable[[Any], dict[str, Any]]


def read_type(declared: TypeEngine[Any]) -> DataType:
    """The data type, of kind UNKNOWN where no reader takes it."""
    sa_type = _on_postgresql(declared)
    name = _compiled_name(sa_type)
    if isinstance(sa_type, postgresql.DOMAIN):
        return _domain(sa_type)
    if _is_emulated(sa_type):
        return _decorated(sa_type)
    for base, reader in _READERS:
        if isinstance(sa_type, base):
            return DataType(name=name, source=sa_type, **reader(sa_type))
    if isinstance(sa_type, sa.TypeDecorator):
        return _decorated(sa_type)
    extension = _EXTENSIONS.get(name.partition("(")[0].lower(), "")
    return DataType(kind=TypeKind.UNKNOWN, name=name, extension=extension, source=sa_type)


def _on_postgresql(sa_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """What `with_variant` declares for PostgreSQL."""
    variants: Mapping[str, TypeEngine[Any]] = getattr(sa_type, "_variant_mapping", {})
    return variants.get(DIALECT.name, sa_type)


def _is_emulated(sa_type: TypeEngine[Any]) -> bool:
    """A type of SQLAlchemy that is told not to use PostgreSQL's own."""
    own = getattr(sa_type, "native", True) and getattr(sa_type, "native_uuid", True)
    return isinstance(sa_type, (sa.Interval, sa.Uuid)) and not own


def _decorated(decorator: Any) -> DataType:
    base = read_type(beneath(decorator, DIALECT))
    bind, result = conversions(decorator, DIALECT)
    return replace(base, decorates=base, bind=bind, result=result, source=decorator)


def _domain(domain: Any) -> DataType:
    """SQLAlchemy hands values of a domain to the driver as they are: labels, not enum members."""
    base = read_type(domain.data_type)
    check = domain.check
    rules = DomainRules(
        name=str(domain.name),
        check=None if check is None else str(check),
        check_name=None if domain.constraint_name is None else str(domain.constraint_name),
        not_null=bool(domain.not_null),
    )
    members = base.labels if base.kind is TypeKind.ENUM else base.members
    return replace(base, members=members, domain=rules, source=domain)


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
    return lambda sa_type: {
        "kind": kind,
        "timezone": bool(sa_type.timezone),
        "precision": getattr(sa_type, "precision", None),
    }


def _interval(sa_type: Any) -> dict[str, Any]:
    digits = getattr(sa_type, "precision", None)
    if digits is None:
        digits = getattr(sa_type, "second_precision", None)
    fields = " ".join((getattr(sa_type, "fields", None) or "").upper().split())
    return {"kind": TypeKind.INTERVAL, "precision": digits, "fields": fields}


def _citext(_: Any) -> dict[str, Any]:
    return {"kind": TypeKind.CITEXT, "extension": "citext"}


def _hstore(_: Any) -> dict[str, Any]:
    return {"kind": TypeKind.HSTORE, "extension": "hstore"}


def _bits(sa_type: Any) -> dict[str, Any]:
    fixed = not sa_type.varying
    return {
        "kind": TypeKind.BITS,
        "length": sa_type.length or (1 if fixed else None),
        "fixed": fixed,
    }


def _oid(_: Any) -> dict[str, Any]:
    return {"kind": TypeKind.INTEGER, "bits": 32, "unsigned": True}


def _words(*labels: str) -> Reader:
    return lambda _: {"kind": TypeKind.WORD, "labels": labels, "members": labels}


def _range(item: TypeEngine[Any], *, multiple: bool = False) -> Reader:
    return lambda _: {"kind": TypeKind.RANGE, "item": read_type(item), "multiple": multiple}


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


_BOUNDS: tuple[tuple[type[Any], type[Any], TypeEngine[Any]], ...] = (
    (postgresql.INT4RANGE, postgresql.INT4MULTIRANGE, sa.Integer()),
    (postgresql.INT8RANGE, postgresql.INT8MULTIRANGE, sa.BigInteger()),
    (postgresql.NUMRANGE, postgresql.NUMMULTIRANGE, sa.Numeric()),
    (postgresql.DATERANGE, postgresql.DATEMULTIRANGE, sa.Date()),
    (postgresql.TSRANGE, postgresql.TSMULTIRANGE, sa.DateTime()),
    (postgresql.TSTZRANGE, postgresql.TSTZMULTIRANGE, sa.DateTime(timezone=True)),
)

# Subclasses stand before their bases: the first that matches reads the type.
_READERS: tuple[tuple[type[Any], Reader], ...] = (
    (sa.Enum, _enum),
    (sa.Boolean, _plain(TypeKind.BOOLEAN)),
    (sa.SmallInteger, _integer(16)),
    (sa.BigInteger, _integer(64)),
    (sa.Integer, _integer(32)),
    (sa.Float, _float),
    (sa.Numeric, _numeric),
    (postgresql.CITEXT, _citext),
    (postgresql.JSONPATH, _words("$", '$."a"', '$."a"[*]?(@ > 1)')),
    (sa.String, _text),
    (sa.LargeBinary, _plain(TypeKind.BYTES)),
    (postgresql.BYTEA, _plain(TypeKind.BYTES)),
    (sa.DateTime, _zoned(TypeKind.TIMESTAMP)),
    (sa.Date, _plain(TypeKind.DATE)),
    (sa.Time, _zoned(TypeKind.TIME)),
    (sa.Interval, _interval),
    (postgresql.INTERVAL, _interval),
    (sa.Uuid, _plain(TypeKind.UUID)),
    (sa.JSON, _json),
    (sa.ARRAY, _array),
    (postgresql.INET, lambda _: {"kind": TypeKind.NETWORK}),
    (postgresql.CIDR, lambda _: {"kind": TypeKind.NETWORK, "fixed": True}),
    (postgresql.MACADDR8, lambda _: {"kind": TypeKind.MACADDR, "bits": 64}),
    (postgresql.MACADDR, lambda _: {"kind": TypeKind.MACADDR, "bits": 48}),
    (postgresql.MONEY, _plain(TypeKind.MONEY)),
    (postgresql.BIT, _bits),
    (postgresql.OID, _oid),
    (postgresql.REGCLASS, _words("pg_class", "pg_type", "pg_attribute")),
    (postgresql.REGCONFIG, _words("simple", "english", "german")),
    (postgresql.HSTORE, _hstore),
    (postgresql.TSVECTOR, _plain(TypeKind.TSVECTOR)),
    (postgresql.TSQUERY, _plain(TypeKind.TSQUERY)),
    *((one, _range(item)) for one, _, item in _BOUNDS),
    *((many, _range(item, multiple=True)) for _, many, item in _BOUNDS),
)

# Types that no dialect of SQLAlchemy has, by name, and the extension that brings them.
_EXTENSIONS: dict[str, str] = {
    **dict.fromkeys(("ltree", "lquery", "ltxtquery"), "ltree"),
    **dict.fromkeys(("vector", "halfvec", "sparsevec"), "vector"),
    **dict.fromkeys(("geometry", "geography", "raster"), "postgis"),
    "cube": "cube",
    "seg": "seg",
    "isbn": "isn",
    "hstore": "hstore",
    "citext": "citext",
}
