"""One table with a column of every type that rules read, and small pools of its values."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.rules import sql_types as sql
from ormthesis.rules.number_operators import single
from ormthesis.schema.types import DataType, TypeKind

LABELS = ("IDLE", "BUSY", "DONE")

TYPES: dict[str, DataType] = {
    "a": sql.INTEGER,
    "b": sql.INTEGER,
    "small": sql.SMALLINT,
    "big": sql.BIGINT,
    "price": replace(sql.NUMERIC, name="NUMERIC(10, 2)", precision=10, scale=2),
    "amount": sql.NUMERIC,
    "ratio": sql.DOUBLE,
    "speed": sql.REAL,
    "name": DataType(kind=TypeKind.TEXT, name="VARCHAR(20)", length=20),
    "note": sql.TEXT,
    "code": DataType(kind=TypeKind.TEXT, name="CHAR(3)", length=3, fixed=True),
    "flag": sql.BOOLEAN,
    "open": sql.BOOLEAN,
    "born": sql.DATE,
    "died": sql.DATE,
    "started_at": sql.TIMESTAMPTZ,
    "ended_at": sql.TIMESTAMPTZ,
    "local_at": sql.TIMESTAMP,
    "clock": sql.TIME,
    "span": sql.INTERVAL,
    "key": sql.UUID,
    "raw": sql.BYTEA,
    "doc": sql.JSONB,
    "mood": DataType(kind=TypeKind.ENUM, name="mood", labels=LABELS, members=LABELS),
    "place": DataType(kind=TypeKind.UNKNOWN, name="point"),
    "tags": DataType(kind=TypeKind.ARRAY, name="text[]", item=sql.TEXT),
    "nums": DataType(kind=TypeKind.ARRAY, name="integer[]", item=sql.INTEGER),
    "seats": sql.RANGES["int4range"],
    "rates": sql.RANGES["numrange"],
    "days": sql.RANGES["daterange"],
    "period": sql.RANGES["tstzrange"],
}

DDL_TYPES = {
    "price": "numeric(10, 2)",
    "name": "varchar(20)",
    "code": "char(3)",
    "mood": "pg_temp.mood",
}


def moment(day: int, second: int = 0) -> datetime:
    return datetime(2024, 2, day, 12, 0, second, tzinfo=UTC)


NAN = Decimal("NaN")
WORDS = [
    "",
    " ",
    "a",
    "A",
    "ab",
    "aB",
    "b1",
    "a b",
    "12",
    "a%",
    "a_b",
    "x\ny",
    "é",
    "É",
    "ab ",
    "\\",
]

VALUES: dict[str, list[Any]] = {
    "a": [0, 1, -1, 2, 3, 10, 2**31 - 1, -(2**31)],
    "b": [0, 1, 2, -3, 7, 2**31 - 1],
    "small": [0, 1, 50, 100, -1, 32767, -32768],
    "big": [0, 1, 2**31, 2**63 - 1, -(2**63)],
    "price": [Decimal("0.00"), Decimal("1.50"), Decimal("-2.25"), Decimal("99999999.99"), NAN],
    "amount": [Decimal(0), Decimal("1.5"), Decimal("2.5"), Decimal("-0.001"), Decimal("1e20"), NAN],
    "ratio": [0.0, 0.1, 1.5, -2.5, 1e300, float("inf"), float("-inf"), float("nan")],
    "speed": [single(value) for value in (0.0, 0.1, 1.5, -2.5, 3e38, float("nan"))],
    "name": WORDS,
    "note": WORDS,
    "code": ["", "a", "ab", "abc", "A"],
    "flag": [True, False],
    "open": [True, False],
    "born": [date(2024, 2, 29), date(2024, 3, 1), date(1999, 12, 31)],
    "died": [date(2024, 2, 29), date(2024, 3, 1), date(2023, 1, 31)],
    "started_at": [moment(1), moment(2), moment(29), moment(1, 1)],
    "ended_at": [moment(1), moment(2), moment(1, 1)],
    "local_at": [datetime(2024, 2, 1), datetime(2024, 2, 29, 23, 59, 59, 999_999)],
    "clock": [time(0), time(12, 30), time(23, 59, 59)],
    "span": [timedelta(), timedelta(days=1), timedelta(hours=-1), timedelta(days=30)],
    "key": [uuid.UUID(int=0), uuid.UUID(int=1), uuid.UUID(int=2**128 - 1)],
    "raw": [b"", b"\x00", b"ab"],
    "doc": [
        {},
        {"k": "v"},
        {"k": 1, "n": {"m": [1, 2]}},
        {"k": None},
        {"k": True, "f": 1.0},
        [1, "k", {"a": 1}],
        "k",
        7,
    ],
    "mood": list(LABELS),
    "tags": [[], ["a"], ["a", "b", None], [["a", "b"], ["c", None]]],
    "nums": [[], [1], [0, 2, 2], [None], [3, -1]],
    "seats": [
        Range(empty=True),
        Range(None, None, bounds="()"),
        Range(1, 5),
        Range(1, 5, bounds="[]"),
        Range(0, 10, bounds="()"),
        Range(5, None),
        Range(None, 2, bounds="(]"),
        Range(3, 3, bounds="[]"),
        Range(3, 3, bounds="[)"),
    ],
    "rates": [
        Range(empty=True),
        Range(Decimal(1), Decimal("1.5")),
        Range(Decimal(1), Decimal("1.5"), bounds="(]"),
        Range(Decimal(1), Decimal("1.5"), bounds="[]"),
        Range(Decimal(1), Decimal("1.5"), bounds="()"),
        Range(Decimal(0), NAN),
        Range(NAN, None),
    ],
    "days": [
        Range(empty=True),
        Range(date(2024, 2, 29), date(2024, 3, 1)),
        Range(date(2024, 2, 1), date(2024, 2, 29), bounds="(]"),
        Range(date(2024, 1, 1), None),
        Range(None, date(2024, 1, 31), bounds="(]"),
    ],
    "period": [
        Range(empty=True),
        Range(moment(1), moment(2)),
        Range(moment(2), moment(2), bounds="[]"),
        Range(moment(1), moment(29), bounds="()"),
        Range(moment(1), None),
        Range(None, moment(2), bounds="(]"),
    ],
}
