"""The types and CHECKs that drawn schemas are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


@dataclass(frozen=True, slots=True)
class TypePlan:
    family: str
    make: Callable[[str], sa.types.TypeEngine[Any]]
    """From a name that no other type has, for types that are objects of the database."""
    default: str | None = None
    """SQL of a server default."""


TYPES = {
    "array": TypePlan("array", lambda _: postgresql.ARRAY(sa.Integer)),
    "bigint": TypePlan("integer", lambda _: sa.BigInteger()),
    "boolean": TypePlan("boolean", lambda _: sa.Boolean(), "true"),
    "bytes": TypePlan("bytes", lambda _: sa.LargeBinary()),
    "char": TypePlan("char", lambda _: sa.CHAR(4)),
    "date": TypePlan("date", lambda _: sa.Date()),
    "double": TypePlan("double", lambda _: sa.Double()),
    "enum": TypePlan("enum", lambda name: sa.Enum("red", "green", "Blue", name=name), "'red'"),
    "integer": TypePlan("integer", lambda _: sa.Integer(), "7"),
    "interval": TypePlan("interval", lambda _: sa.Interval()),
    "json": TypePlan("json", lambda _: sa.JSON()),
    "jsonb": TypePlan("json", lambda _: postgresql.JSONB()),
    "moment": TypePlan("moment", lambda _: sa.DateTime(timezone=True), "now()"),
    "money": TypePlan("numeric", lambda _: sa.Numeric(6, 2), "1.5"),
    "naive": TypePlan("naive", lambda _: sa.DateTime()),
    "numeric": TypePlan("numeric", lambda _: sa.Numeric()),
    "short text": TypePlan("text", lambda _: sa.String(8), "'new'"),
    "smallint": TypePlan("integer", lambda _: sa.SmallInteger()),
    "text": TypePlan("text", lambda _: sa.Text()),
    "time": TypePlan("time", lambda _: sa.Time()),
    "uuid": TypePlan("uuid", lambda _: sa.Uuid()),
    "varchar": TypePlan("text", lambda _: sa.String(40)),
}

KEYABLE = frozenset(
    {"date", "enum", "integer", "moment", "naive", "numeric", "text", "time", "uuid"}
)
"""Families whose values are compared and indexed; a table of two rows is not worth a key."""

CHECKS = {
    "boolean": ("{c}", "{c} IS NOT FALSE", "NOT {c}"),
    "date": ("{c} >= DATE '2000-01-01'", "{c} <> DATE '2001-01-01'"),
    "double": ("{c} > 0", "{c} BETWEEN -1.5 AND 1.5"),
    "integer": (
        "{c} >= 0",
        "{c} BETWEEN 1 AND 10",
        "{c} IN (1, 2, 5)",
        "{c} <> 3",
        "{c} > 5 OR {c} IS NULL",
        "{c} < 0 OR {c} > 100",
        "{c} % 2 = 0",
        "CASE WHEN {c} > 10 THEN {c} < 20 ELSE true END",
    ),
    "json": ("jsonb_typeof({c}::jsonb) = 'object'",),
    "moment": ("{c} > TIMESTAMPTZ '1990-01-01 00:00:00+00'",),
    "numeric": ("{c} > 0", "{c} >= 0.5 AND {c} < 100"),
    "text": (
        "length({c}) > 2",
        "{c} <> ''",
        "{c} LIKE 'a%'",
        "{c} ~ '^[a-z]{1,3}$'",
        "lower({c}) = {c}",
        "{c} IN ('a', 'b', 'c')",
        "trim({c}) <> ''",
    ),
}


@dataclass(frozen=True, slots=True)
class PairCheck:
    sql: str
    alike: bool = False
    """Both columns are of one family."""
    nullable: bool = False
    """One of them can be NULL."""


PAIR_CHECKS = (
    PairCheck("{a} < {b}", alike=True, nullable=True),
    PairCheck("{a} <= {b}", alike=True),
    PairCheck("{a} IS NULL OR {b} IS NOT NULL"),
    PairCheck("({a} IS NULL) = ({b} IS NULL)"),
    PairCheck("num_nonnulls({a}, {b}) = 1", nullable=True),
    PairCheck("{a} IS NOT NULL OR {b} IS NOT NULL"),
)
