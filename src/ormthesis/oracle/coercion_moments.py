"""Times and intervals with fewer digits than a microsecond has."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from ormthesis.schema.types import DataType, interval_unit

_MICROSECOND = timedelta(microseconds=1)
# PostgreSQL counts from here, and rounds away from it.
_EPOCH = datetime(2000, 1, 1)


def moment(data_type: DataType, value: Any) -> Any:
    """A TIMESTAMP rounded to its precision, half a step away from the year 2000."""
    if not isinstance(value, datetime) or data_type.precision is None:
        return value
    epoch = _EPOCH.replace(tzinfo=value.tzinfo)
    return epoch + _rounded(value - epoch, data_type.precision)


def time_of_day(data_type: DataType, value: Any) -> Any:
    """A TIME rounded to its precision, up to the last one of the day."""
    if not isinstance(value, time) or data_type.precision is None:
        return value
    start = datetime.combine(_EPOCH, value.replace(tzinfo=None))
    rounded = _EPOCH + _rounded(start - _EPOCH, data_type.precision)
    return rounded.time().replace(tzinfo=value.tzinfo)


def interval(data_type: DataType, value: Any) -> Any:
    """An INTERVAL cut to its fields and rounded to its precision; days are kept apart."""
    if not isinstance(value, timedelta):
        return value
    days = timedelta(days=value.days)
    clock = value - days
    unit = interval_unit(data_type)
    if unit is None:
        return timedelta()
    kept = days + clock // unit * unit
    return kept if data_type.precision is None else days + _rounded(clock, data_type.precision)


def _rounded(distance: timedelta, digits: int) -> timedelta:
    step = 10 ** max(6 - digits, 0)
    number = distance // _MICROSECOND
    steps = (abs(number) + step // 2) // step
    return timedelta(microseconds=steps * step * (1 if number >= 0 else -1))
