"""The types of expressions, and the names that SQL text gives to types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ormthesis.rules.errors import Unreadable
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlglot import exp

BOOLEAN = DataType(kind=TypeKind.BOOLEAN, name="boolean")
SMALLINT = DataType(kind=TypeKind.INTEGER, name="smallint", bits=16)
INTEGER = DataType(kind=TypeKind.INTEGER, name="integer", bits=32)
BIGINT = DataType(kind=TypeKind.INTEGER, name="bigint", bits=64)
NUMERIC = DataType(kind=TypeKind.NUMERIC, name="numeric")
REAL = DataType(kind=TypeKind.FLOAT, name="real", bits=32)
DOUBLE = DataType(kind=TypeKind.FLOAT, name="double precision", bits=64)
TEXT = DataType(kind=TypeKind.TEXT, name="text")
BPCHAR = DataType(kind=TypeKind.TEXT, name="bpchar", fixed=True)
BYTEA = DataType(kind=TypeKind.BYTES, name="bytea")
DATE = DataType(kind=TypeKind.DATE, name="date")
TIME = DataType(kind=TypeKind.TIME, name="time")
TIMESTAMP = DataType(kind=TypeKind.TIMESTAMP, name="timestamp")
TIMESTAMPTZ = DataType(kind=TypeKind.TIMESTAMP, name="timestamptz", timezone=True)
INTERVAL = DataType(kind=TypeKind.INTERVAL, name="interval")
UUID = DataType(kind=TypeKind.UUID, name="uuid")
JSON = DataType(kind=TypeKind.JSON, name="json")
JSONB = DataType(kind=TypeKind.JSON, name="jsonb", binary=True)

RANGES = {
    name: DataType(kind=TypeKind.RANGE, name=name, item=item)
    for name, item in (
        ("int4range", INTEGER),
        ("int8range", BIGINT),
        ("numrange", NUMERIC),
        ("daterange", DATE),
        ("tsrange", TIMESTAMP),
        ("tstzrange", TIMESTAMPTZ),
    )
}

UNTYPED = DataType(kind=TypeKind.UNKNOWN, name="unknown")
"""A quoted literal or NULL before its context gives it a type."""

NUMBERS = frozenset({TypeKind.INTEGER, TypeKind.NUMERIC, TypeKind.FLOAT})

_BY_SQLGLOT_NAME = {
    "BOOLEAN": BOOLEAN,
    "SMALLINT": SMALLINT,
    "INT": INTEGER,
    "BIGINT": BIGINT,
    "DECIMAL": NUMERIC,
    "FLOAT": REAL,
    "DOUBLE": DOUBLE,
    "TEXT": TEXT,
    "VARCHAR": TEXT,
    "BPCHAR": BPCHAR,
    "VARBINARY": BYTEA,
    "DATE": DATE,
    "TIME": TIME,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMPTZ": TIMESTAMPTZ,
    "INTERVAL": INTERVAL,
    "UUID": UUID,
    "JSON": JSON,
    "JSONB": JSONB,
    **{name.upper(): data_type for name, data_type in RANGES.items()},
}
_PLAIN_TEXT = re.compile(r"(text|varchar|character|char|bpchar|national|name|unknown|enum)\b", re.I)
_COLLATE = re.compile(r'\bcollate\s+(?:"?pg_catalog"?\.)?"?([^"]+)"?', re.I)
# Collations that come with PostgreSQL compare equal only what is equal byte by byte.
_SHIPPED_COLLATION = re.compile(
    r"C|POSIX|default|ucs_basic|unicode|pg_c_utf8|pg_unicode_fast|.*-x-icu"
    r"|C\.(?:utf8|UTF-8)|[a-z]{2,3}_[A-Z]{2}(?:\.(?:utf8|UTF-8))?"
)
BYTE_ORDER = frozenset({"C", "POSIX", "ucs_basic", "pg_c_utf8", "C.utf8", "C.UTF-8"})


def collation(data_type: DataType) -> str | None:
    """The collation that a text type names, without quotes."""
    found = _COLLATE.search(data_type.name)
    return found[1] if found else None


def has_plain_equality(data_type: DataType) -> bool:
    """Whether `=` on this text type is equality of characters (not so for citext)."""
    return bool(_PLAIN_TEXT.match(data_type.name)) and not has_own_collation(data_type)


def has_own_collation(data_type: DataType) -> bool:
    """Whether the models bring the collation: different texts may be equal to it."""
    named = collation(data_type)
    return named is not None and not _SHIPPED_COLLATION.fullmatch(named)


def is_untyped(data_type: DataType) -> bool:
    return data_type is UNTYPED


def as_expression_type(data_type: DataType) -> DataType:
    """A column's type as expressions see it: an enum without a native type is text."""
    if data_type.kind is TypeKind.ENUM and not data_type.native:
        longest = max((len(label) for label in data_type.labels), default=None)
        return DataType(kind=TypeKind.TEXT, name="varchar", length=data_type.length or longest)
    return data_type


def named_type(node: exp.DataType, columns: Iterable[DataType]) -> DataType:
    """The type that a cast names; enum types are known from the table's columns.

    Raises:
        Unreadable: the type is not one that values can be converted to.
    """
    name = getattr(node.this, "name", None)  # a few types are plain strings in sqlglot
    base = _BY_SQLGLOT_NAME.get(name) if name else None
    if base is not None:
        return _with_parameters(base, [_number(part) for part in node.expressions])
    if name == "USERDEFINED" and node.args.get("kind") is not None:
        wanted = _bare_name(node.args["kind"].sql(dialect="postgres"))
        for data_type in columns:
            if (
                data_type.kind is TypeKind.ENUM
                and data_type.native
                and _bare_name(data_type.name) == wanted
            ):
                return data_type
    if name == "ARRAY" and len(node.expressions) == 1:
        item = named_type(node.expressions[0], columns)
        return DataType(kind=TypeKind.ARRAY, name=f"{item.name}[]", item=item)
    raise Unreadable(f"type {node.sql(dialect='postgres')}")


def _bare_name(name: str) -> str:
    """Without the schema and quotes; folded where it was not quoted."""
    last = name.rsplit(".", 1)[-1]
    return last.strip('"') if last.startswith('"') else last.lower()


def _number(parameter: exp.Expression) -> int:
    text = parameter.sql(dialect="postgres")
    if not text.isdecimal():
        raise Unreadable(f"type parameter {text}")
    return int(text)


def _with_parameters(base: DataType, numbers: list[int]) -> DataType:
    if not numbers:
        return base
    if base is NUMERIC and len(numbers) <= 2:
        scale = numbers[1] if len(numbers) == 2 else 0
        return DataType(kind=TypeKind.NUMERIC, name="numeric", precision=numbers[0], scale=scale)
    if base is TEXT and len(numbers) == 1:
        return DataType(kind=TypeKind.TEXT, name="varchar", length=numbers[0])
    raise Unreadable(f"a length or precision on {base.name}")
