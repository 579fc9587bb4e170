"""EXTRACT and date_trunc, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ormthesis.rules.casts import cast
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.sql_types import NUMERIC, TIMESTAMPTZ
from ormthesis.rules.tree import Node, call
from ormthesis.schema.types import TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable

_DATE_PARTS: dict[str, Callable[[date], int]] = {
    "year": lambda d: d.year,
    "month": lambda d: d.month,
    "day": lambda d: d.day,
    "quarter": lambda d: (d.month + 2) // 3,
    "dow": lambda d: d.isoweekday() % 7,
    "isodow": lambda d: d.isoweekday(),
    "doy": lambda d: d.timetuple().tm_yday,
    "week": lambda d: d.isocalendar()[1],
    "isoyear": lambda d: d.isocalendar()[0],
}
_CLOCK_PARTS: dict[str, Callable[[datetime | time], int]] = {
    "hour": lambda t: t.hour,
    "minute": lambda t: t.minute,
}
_MICROSECOND = timedelta(microseconds=1)
_TRUNCATED: dict[str, dict[str, int]] = {
    "second": {"microsecond": 0},
    "minute": {"microsecond": 0, "second": 0},
    "hour": {"microsecond": 0, "second": 0, "minute": 0},
    "day": {"microsecond": 0, "second": 0, "minute": 0, "hour": 0},
    "month": {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1},
    "year": {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1, "month": 1},
}


def _utc(moment: Any) -> Any:
    aware = isinstance(moment, datetime) and moment.tzinfo is not None
    return moment.astimezone(UTC) if aware else moment


def date_part(field: str, node: Node) -> Node:
    """`EXTRACT(field FROM node)`, for fields that are whole numbers and an interval's epoch.

    Raises:
        Unreadable: another field or type.
    """
    name, kind = field.lower(), node.type.kind
    if kind is TypeKind.INTERVAL and name == "epoch":
        return call(
            "extract_epoch", (node,), NUMERIC, lambda s: Decimal(s // _MICROSECOND).scaleb(-6)
        )
    reader: Callable[[Any], int] | None = None
    if kind in (TypeKind.DATE, TypeKind.TIMESTAMP):
        reader = _DATE_PARTS.get(name)
    has_clock = kind is TypeKind.TIMESTAMP or (kind is TypeKind.TIME and not node.type.timezone)
    if has_clock and reader is None:
        reader = _CLOCK_PARTS.get(name)
    if has_clock and name == "second":
        return call(
            "extract_second",
            (node,),
            NUMERIC,
            lambda m: Decimal(m.second * 1_000_000 + m.microsecond).scaleb(-6),
        )
    if reader is None:
        raise Unreadable(f"extract {name} from {node.type.name}")
    part = reader
    return call(f"extract_{name}", (node,), NUMERIC, lambda moment: Decimal(part(_utc(moment))))


def date_trunc(field: str, node: Node) -> Node:
    """`date_trunc(field, node)`; a date counts as a timestamptz, as PostgreSQL has it."""
    name = field.lower()
    if node.type.kind is TypeKind.DATE:
        node = cast(node, TIMESTAMPTZ)
    if node.type.kind is not TypeKind.TIMESTAMP or name not in _TRUNCATED:
        raise Unreadable(f"date_trunc {name} of {node.type.name}")
    zeros = _TRUNCATED[name]
    return call(f"date_trunc_{name}", (node,), node.type, lambda m: _utc(m).replace(**zeros))
