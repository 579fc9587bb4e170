"""Quoted literals as values of a type: the input syntax that is unambiguous in every session.

Dates are ISO 8601 only; a timestamptz without a zone is UTC, as the session is.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy.dialects.postgresql import Range

from ormthesis.rules.documents import JSON_NULL
from ormthesis.rules.errors import EvaluationError, Unreadable
from ormthesis.rules.ranges import made_range, split_range
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable

_Value = TypeVar("_Value")


class MonthInterval(NamedTuple):
    """An interval with months, whose length in days depends on where it is added."""

    months: int
    rest: timedelta

    def compared(self) -> timedelta:
        """As PostgreSQL compares intervals: a month has 30 days."""
        return timedelta(days=30 * self.months) + self.rest


_TRUE = frozenset({"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"})
_FALSE = frozenset({"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"})
_SPACE = " \t\n\v\f\r"
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_STAMP = re.compile(
    rf"({_DATE.pattern})(?:[ T]({_TIME.pattern})\s*(Z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)?)?"
)
_UNIT = re.compile(r"([+-]?[0-9]+)\s*([a-z]+)\s*")
# Items that need no quotes inside an array literal.
_PLAIN_ARRAY = re.compile(r"\{[\w.:+-]+(?:,[\w.:+-]+)*\}")
_BARE = re.compile(r"[+-]?[0-9]+(?:\.[0-9]{1,6})?")
_CLOCK = re.compile(r"([+-]?)([0-9]+):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?)?")
_MONTHS = {"mon": 1, "mons": 1, "month": 1, "months": 1, "year": 12, "years": 12, "y": 12}
_SECONDS = {
    **dict.fromkeys(("second", "seconds", "sec", "secs", "s"), 1),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), 60),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), 3600),
    **dict.fromkeys(("day", "days", "d"), 86_400),
    **dict.fromkeys(("week", "weeks", "w"), 604_800),
}


def parse_literal(text: str, data_type: DataType) -> object:
    """The value that `'text'::type` has, without the type's length or scale applied.

    Raises:
        Unreadable: not a literal of the type, or one that depends on the session.
    """
    parser = _PARSERS.get(data_type.kind)
    value = parser(text, data_type) if parser is not None else None
    if value is None:
        raise Unreadable(f"{text!r} as {data_type.name}")
    return value


def _text(text: str, data_type: DataType) -> str:
    return text.rstrip(" ") if data_type.fixed else text


def _boolean(text: str, _: DataType) -> bool | None:
    word = text.strip(_SPACE).lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _integer(text: str, data_type: DataType) -> int | None:
    word = text.strip(_SPACE)
    if not _INTEGER.fullmatch(word):
        return None
    low, high = data_type.integer_bounds
    return int(word) if low <= int(word) <= high else None


def _numeric(text: str, _: DataType) -> Decimal | None:
    word = text.strip(_SPACE)
    if word.lower() == "nan":
        return Decimal("NaN")
    try:
        return Decimal(word) if _NUMBER.fullmatch(word) else None
    except InvalidOperation:
        return None


def _float(text: str, _: DataType) -> float | None:
    word = text.strip(_SPACE)
    if word.lower() in {"nan", "infinity", "-infinity", "inf", "-inf"}:
        return float(word)
    return float(word) if _NUMBER.fullmatch(word) else None


def _date(text: str, _: DataType) -> date | None:
    return _checked(date.fromisoformat, text) if _DATE.fullmatch(text) else None


def _time(text: str, data_type: DataType) -> time | None:
    if data_type.timezone or not _TIME.fullmatch(text):
        return None
    return _checked(time.fromisoformat, text)


def _timestamp(text: str, data_type: DataType) -> datetime | None:
    found = _STAMP.fullmatch(text.strip(_SPACE))
    if found is None or (found[3] and not data_type.timezone):
        return None
    moment = _checked(datetime.fromisoformat, f"{found[1]} {found[2] or '00:00'}{found[3] or ''}")
    if moment is not None and data_type.timezone:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return moment


def _checked(parser: Callable[[str], _Value], text: str) -> _Value | None:
    try:
        return parser(text)
    except (ValueError, OverflowError):
        return None


def _interval(text: str, _: DataType) -> timedelta | MonthInterval | None:
    rest, months, seconds, found = text.strip(_SPACE).lower(), 0, 0, False
    if _BARE.fullmatch(rest):  # without a unit: seconds
        return timedelta(microseconds=int(Decimal(rest).scaleb(6)))
    while part := _UNIT.match(rest):
        unit = part[2]
        if unit not in _MONTHS and unit not in _SECONDS:
            return None
        months += int(part[1]) * _MONTHS.get(unit, 0)
        seconds += int(part[1]) * _SECONDS.get(unit, 0)
        rest, found = rest[part.end() :], True
    clock = _clock(rest) if rest else timedelta() if found else None
    if clock is None:
        return None
    total = timedelta(seconds=seconds) + clock
    return MonthInterval(months, total) if months else total


def _clock(text: str) -> timedelta | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    micros = int((found[5] or ".0")[1:].ljust(6, "0"))
    size = timedelta(
        hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0), microseconds=micros
    )
    return -size if found[1] == "-" else size


def _bytes(text: str, _: DataType) -> bytes | None:
    if text.startswith("\\x"):
        return _checked(bytes.fromhex, text[2:])
    return text.encode() if text.isascii() and "\\" not in text else None


def _uuid(text: str, _: DataType) -> uuid.UUID | None:
    return _checked(uuid.UUID, text)


def _label(text: str, data_type: DataType) -> str | None:
    return text if text in data_type.labels else None


def _document(text: str, _: DataType) -> object:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return JSON_NULL if found is None else found


def _array(text: str, data_type: DataType) -> list[object] | None:
    if text == "{}":
        return []
    item = data_type.item
    if item is None or not _PLAIN_ARRAY.fullmatch(text):
        return None
    words = text[1:-1].split(",")
    return [None if w.lower() == "null" else parse_literal(w, item) for w in words]


def _range(text: str, data_type: DataType) -> object:
    item = data_type.item
    if item is None or data_type.multiple:
        return None
    if text.strip(_SPACE).lower() == "empty":
        return Range(empty=True)
    parts = split_range(text)
    if parts is None:
        return None
    low, high = (None if end is None else parse_literal(end, item) for end in parts[:2])
    try:
        return made_range(data_type, low, high, parts[2])
    except EvaluationError:
        return None


_PARSERS: dict[TypeKind, Callable[[str, DataType], object]] = {
    TypeKind.TEXT: _text,
    TypeKind.BOOLEAN: _boolean,
    TypeKind.INTEGER: _integer,
    TypeKind.NUMERIC: _numeric,
    TypeKind.FLOAT: _float,
    TypeKind.DATE: _date,
    TypeKind.TIME: _time,
    TypeKind.TIMESTAMP: _timestamp,
    TypeKind.INTERVAL: _interval,
    TypeKind.UUID: _uuid,
    TypeKind.BYTES: _bytes,
    TypeKind.ENUM: _label,
    TypeKind.JSON: _document,
    TypeKind.ARRAY: _array,
    TypeKind.RANGE: _range,
}
