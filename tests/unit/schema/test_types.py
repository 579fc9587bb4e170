"""From SQLAlchemy types to what PostgreSQL stores."""

from __future__ import annotations

import enum
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from ormthesis.schema.read_types import read_type
from ormthesis.schema.types import DataType, Stored, TypeKind


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Upper(sa.TypeDecorator[str]):
    """A custom type over another one."""

    impl = sa.String(5)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value.upper()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value.lower()


TYPES: list[tuple[Any, dict[str, Any]]] = [
    (sa.Boolean(), {"kind": TypeKind.BOOLEAN}),
    (sa.SmallInteger(), {"kind": TypeKind.INTEGER, "bits": 16}),
    (sa.Integer(), {"kind": TypeKind.INTEGER, "bits": 32}),
    (sa.BigInteger(), {"kind": TypeKind.INTEGER, "bits": 64}),
    (sa.Numeric(), {"kind": TypeKind.NUMERIC, "precision": None, "scale": None}),
    (sa.Numeric(6), {"kind": TypeKind.NUMERIC, "precision": 6, "scale": 0}),
    (sa.Numeric(6, 2), {"kind": TypeKind.NUMERIC, "precision": 6, "scale": 2}),
    (sa.REAL(), {"kind": TypeKind.FLOAT, "bits": 32}),
    (sa.Float(24), {"kind": TypeKind.FLOAT, "bits": 32}),
    (sa.Float(), {"kind": TypeKind.FLOAT, "bits": 64}),
    (sa.Double(), {"kind": TypeKind.FLOAT, "bits": 64}),
    (sa.String(), {"kind": TypeKind.TEXT, "length": None}),
    (sa.String(64), {"kind": TypeKind.TEXT, "length": 64, "fixed": False}),
    (sa.Text(), {"kind": TypeKind.TEXT, "length": None}),
    (sa.Unicode(8), {"kind": TypeKind.TEXT, "length": 8}),
    (sa.CHAR(3), {"kind": TypeKind.TEXT, "length": 3, "fixed": True}),
    (sa.CHAR(), {"kind": TypeKind.TEXT, "length": 1, "fixed": True}),
    (sa.LargeBinary(), {"kind": TypeKind.BYTES}),
    (pg.BYTEA(), {"kind": TypeKind.BYTES}),
    (sa.Date(), {"kind": TypeKind.DATE}),
    (sa.Time(), {"kind": TypeKind.TIME, "timezone": False}),
    (sa.DateTime(), {"kind": TypeKind.TIMESTAMP, "timezone": False}),
    (sa.DateTime(timezone=True), {"kind": TypeKind.TIMESTAMP, "timezone": True}),
    (pg.TIMESTAMP(timezone=True), {"kind": TypeKind.TIMESTAMP, "timezone": True}),
    (sa.Interval(), {"kind": TypeKind.INTERVAL}),
    (pg.INTERVAL(), {"kind": TypeKind.INTERVAL}),
    (sa.Uuid(), {"kind": TypeKind.UUID}),
    (pg.UUID(), {"kind": TypeKind.UUID}),
    (sa.JSON(), {"kind": TypeKind.JSON, "binary": False, "none_as_null": False}),
    (pg.JSONB(none_as_null=True), {"kind": TypeKind.JSON, "binary": True, "none_as_null": True}),
    (sa.LargeBinary(5), {"kind": TypeKind.BYTES}),
]


@pytest.mark.parametrize(("sa_type", "facets"), TYPES, ids=lambda value: repr(value)[:40])
def test_facets(sa_type: Any, facets: dict[str, Any]) -> None:
    found = read_type(sa_type)
    assert {name: getattr(found, name) for name in facets} == facets
    assert found.source is sa_type


def test_enum_labels_are_what_is_sent() -> None:
    """Names of the members, unless the type is told to send their values."""
    by_name = read_type(sa.Enum(Mood, name="mood"))
    assert (by_name.labels, by_name.members) == (("GOOD", "BAD"), (Mood.GOOD, Mood.BAD))
    by_value = read_type(sa.Enum(Mood, values_callable=lambda kind: [item.value for item in kind]))
    assert by_value.labels == ("good", "bad")
    assert by_value.stored(Mood.BAD) == "bad"
    plain = read_type(sa.Enum("a", "b", native_enum=False))
    assert (plain.labels, plain.members, plain.native) == (("a", "b"), ("a", "b"), False)


def test_array_has_an_item() -> None:
    found = read_type(sa.ARRAY(sa.Numeric(5, 1)))
    assert found.kind is TypeKind.ARRAY
    assert found.item is not None
    assert (found.item.precision, found.item.scale) == (5, 1)


class Point(sa.types.UserDefinedType[Any]):
    def get_col_spec(self) -> str:
        return "point"


def test_other_types_are_named_and_not_guessed() -> None:
    found = read_type(Point())
    assert (found.kind, found.name) == (TypeKind.UNKNOWN, "point")


def test_a_decorator_is_the_type_beneath_with_a_way_there_and_back() -> None:
    found = read_type(Upper())
    assert (found.kind, found.length) == (TypeKind.TEXT, 5)
    assert found.decorates is not None
    assert found.beneath is found.decorates
    assert (found.stored("a"), found.loaded("A")) == ("A", "a")
    assert found.stored(Stored("a")) == "a"


def test_a_variant_for_postgresql_is_the_type() -> None:
    found = read_type(sa.JSON().with_variant(pg.JSONB(), "postgresql"))
    assert found.binary


def test_a_domain_is_the_type_beneath_with_rules() -> None:
    found = read_type(pg.DOMAIN("size", sa.Enum(Mood), check="VALUE <> 'BAD'", not_null=True))
    assert found.kind is TypeKind.ENUM
    assert found.members == ("GOOD", "BAD"), "SQLAlchemy sends them as they are"
    assert found.domain is not None
    assert (found.domain.name, found.domain.not_null) == ("size", True)


@pytest.mark.parametrize(
    ("bits", "bounds"),
    [(16, (-32768, 32767)), (32, (-(2**31), 2**31 - 1)), (64, (-(2**63), 2**63 - 1))],
)
def test_bounds_of_whole_numbers(bits: int, bounds: tuple[int, int]) -> None:
    assert DataType(kind=TypeKind.INTEGER, name="", bits=bits).integer_bounds == bounds
