"""Types whose values are numbered one step apart: integers, decimals, dates, UUIDs and floats.

Number 0 is the simplest value, so that drawing, shrinking, stepping aside and counting are integer
arithmetic for all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, inf, isfinite, isnan
from typing import Any
from uuid import UUID

from ormthesis.generation.values_facets import Facets
from ormthesis.rules.domain import Domain
from ormthesis.schema.types import DataType, TypeKind, interval_unit

MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(2000, 1, 1)
# Two days from either end of the calendar: there a shift between time zones leaves it, and what
# was stored cannot be read.
_FIRST = datetime(1, 1, 3)
_LAST = datetime(9999, 12, 29, 23, 59, 59, 999999)
_DAY = timedelta(days=1) // MICROSECOND
_LONGEST_INTERVAL = timedelta(days=1_000_000)
# Of a NUMERIC without precision, as far as the domain asks for no more.
_FREE_DIGITS, _FREE_SCALE = 18, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The values from number `low` to number `high`, both included."""

    low: int
    high: int
    value: Callable[[int], Any]
    """Number to Python value."""
    position: Callable[[Any], Fraction | float]
    """Value to its number, exact; a value between two steps has a fraction nearer to its step."""

    @property
    def count(self) -> int:
        return self.high - self.low + 1

    @property
    def simplest(self) -> int:
        return min(max(0, self.low), self.high)

    def holds(self, value: Any) -> bool:
        """Whether the value is one of these, not beyond them or between two."""
        position = self.position(value)
        if not self.low - 1 < position < self.high + 1:
            return False
        number = round(position)
        return self.low <= number <= self.high and bool(self.value(number) == value)

    def within(self, domain: Domain | None) -> Steps | None:
        """The steps between the domain's bounds, None where there are none."""
        low, high = self.low, self.high
        if domain is not None and domain.minimum is not None:
            bound = self.position(domain.minimum)
            first = _up(bound, high) if domain.minimum_inclusive else _down(bound, low) + 1
            low = max(low, first)
        if domain is not None and domain.maximum is not None:
            bound = self.position(domain.maximum)
            last = _down(bound, low) if domain.maximum_inclusive else _up(bound, high) - 1
            high = min(high, last)
        return replace(self, low=low, high=high) if low <= high else None


def _up(bound: Fraction | float, high: int) -> int:
    """The first number that is not below the bound; one above `high` where none is."""
    return ceil(bound) if isfinite(bound) else high + 1 if bound > 0 else -(10**400)


def _down(bound: Fraction | float, low: int) -> int:
    return floor(bound) if isfinite(bound) else low - 1 if bound < 0 else 10**400


def steps_of(data_type: DataType, facets: Facets, domain: Domain | None = None) -> Steps | None:
    """The steps of the type, bounds of the domain not yet applied; None for types without steps."""
    maker = _MAKERS.get(data_type.kind)
    return maker(data_type, facets, domain) if maker is not None else None


def _integers(data_type: DataType, _: Facets, __: Domain | None) -> Steps:
    low, high = data_type.integer_bounds
    return Steps(low=low, high=high, value=int, position=_exact)


def _booleans(_: DataType, __: Facets, ___: Domain | None) -> Steps:
    return Steps(low=0, high=1, value=bool, position=Fraction)


def _decimals(data_type: DataType, facets: Facets, domain: Domain | None) -> Steps:
    if data_type.precision is None:
        scale = max(_FREE_SCALE, *(_digits_after_point(bound) for bound in _bounds(domain)))
        highest = 10 ** (_FREE_DIGITS - _FREE_SCALE + scale)
        highest = max(
            highest, *(2 * abs(ceil(_exact(bound) * 10**scale)) for bound in _bounds(domain))
        )
    else:
        scale = data_type.scale or 0
        highest = 10**data_type.precision - 1
    return _decimal_steps(scale, highest, facets)


def _decimal_steps(scale: int, highest: int, facets: Facets) -> Steps:
    unit = Fraction(1, 10**scale) if scale >= 0 else Fraction(10**-scale)

    def value(number: int) -> Any:
        exact = Decimal(f"{number}E{-scale}")
        return exact if facets.decimal else float(exact)

    if not facets.decimal:
        # The server turns a double into a NUMERIC of at most 15 digits.
        highest = min(highest, 10**15 - 1)
    return Steps(low=-highest, high=highest, value=value, position=lambda v: _exact(v) / unit)


def _bounds(domain: Domain | None) -> list[Any]:
    """The finite bounds of a domain of numbers; 0 stands for none."""
    given = (domain.minimum, domain.maximum) if domain is not None else ()
    return [0, 0, *(bound for bound in given if bound is not None and isfinite(bound))]


def _digits_after_point(bound: Any) -> int:
    """How fine the steps near a bound must be: two digits more than its own."""
    exponent = Decimal(str(bound)).as_tuple().exponent
    return 2 - exponent if isinstance(exponent, int) and exponent < 0 else 0


def _exact(value: Any) -> Fraction | float:
    """An exact number; floats as they are printed, NaN above all others as PostgreSQL has it."""
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isnan(value):
        return inf
    return Fraction(str(value)) if isfinite(value) else float(value)


def _floats(data_type: DataType, facets: Facets, _: Domain | None) -> Steps:
    if facets.decimal:
        # SQLAlchemy rounds what it reads to ten digits after the point.
        return _decimal_steps(2, 10**11, facets)
    float_format, int_format = ("<f", "<i") if data_type.bits == 32 else ("<d", "<q")

    def value(number: int) -> float:
        (size,) = struct.unpack(float_format, struct.pack(int_format, abs(number)))
        signed = float(-size if number < 0 else size)
        return as_printed(signed) if data_type.bits == 32 else signed

    def position(size: Any) -> Fraction | float:
        if isnan(size):
            return inf
        nearest = _packed(float_format, float(size))
        (bits,) = struct.unpack(int_format, struct.pack(float_format, abs(nearest)))
        number = Fraction(-bits if nearest < 0 else bits)
        return number if nearest == size else number + Fraction(1 if size > nearest else -1, 4)

    highest = int(position(inf))
    return Steps(low=-highest, high=highest, value=value, position=position)


def as_printed(size: float) -> float:
    """The double that PostgreSQL's shortest text of a REAL reads as: 0.1 for 0.10000000149."""
    if isfinite(size):
        for digits in range(1, 9):
            printed = float(f"{size:.{digits}g}")
            if _packed("<f", printed) == size:
                return printed
    return float(f"{size:.9g}")


def _packed(float_format: str, size: float) -> float:
    """The nearest number of the format, an infinity for one that is too large."""
    try:
        return float(struct.unpack(float_format, struct.pack(float_format, size))[0])
    except OverflowError:
        return inf if size > 0 else -inf


def _dates(_: DataType, __: Facets, ___: Domain | None) -> Steps:
    epoch = _EPOCH.toordinal()
    return Steps(
        low=1 - epoch,
        high=date.max.toordinal() - epoch,
        value=lambda number: date.fromordinal(number + epoch),
        position=lambda day: Fraction((_moment(day, None) - _EPOCH) // MICROSECOND, _DAY),
    )


def _timestamps(data_type: DataType, facets: Facets, _: Domain | None) -> Steps:
    zone = UTC if data_type.timezone else None
    epoch, step = _EPOCH.replace(tzinfo=zone), facets.microseconds
    return Steps(
        low=-((_EPOCH - _FIRST) // MICROSECOND // step),
        high=(_LAST - _EPOCH) // MICROSECOND // step,
        value=lambda number: epoch + timedelta(microseconds=number * step),
        position=lambda moment: Fraction((_moment(moment, zone) - epoch) // MICROSECOND, step),
    )


def _moment(value: Any, zone: timezone | None) -> datetime:
    """A date or date-time with or without a zone, as one with the column's; UTC where in doubt."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    if zone is not None:
        return value if value.tzinfo is not None else value.replace(tzinfo=zone)
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def _times(data_type: DataType, facets: Facets, _: Domain | None) -> Steps:
    zone = UTC if data_type.timezone else None
    step = facets.microseconds
    return Steps(
        low=0,
        high=(_DAY - 1) // step,
        value=lambda number: (
            (_EPOCH + timedelta(microseconds=number * step)).time().replace(tzinfo=zone)
        ),
        position=lambda clock: Fraction(_since_midnight(clock) // MICROSECOND, step),
    )


def _since_midnight(clock: time) -> timedelta:
    naive = datetime.combine(_EPOCH, clock.replace(tzinfo=None)) - _EPOCH
    return naive - (clock.utcoffset() or timedelta())


def _money(_: DataType, __: Facets, ___: Domain | None) -> Steps:
    return Steps(
        low=-(2**63),
        high=2**63 - 1,
        value=lambda number: Decimal(number).scaleb(-2),
        position=lambda amount: _exact(amount) * 100,
    )


def _mac_addresses(data_type: DataType, _: Facets, __: Domain | None) -> Steps:
    digits = data_type.bits // 4

    def value(number: int) -> str:
        text = f"{number:0{digits}x}"
        return ":".join(text[at : at + 2] for at in range(0, digits, 2))

    return Steps(
        low=0,
        high=(1 << data_type.bits) - 1,
        value=value,
        position=lambda address: Fraction(int(address.replace(":", ""), 16)),
    )


def _fixed_bits(data_type: DataType, _: Facets, __: Domain | None) -> Steps | None:
    """Of bit(n): numbers of n digits. A bit varying is more like text."""
    length = data_type.length
    if not data_type.fixed or not length:
        return None
    return Steps(
        low=0,
        high=(1 << length) - 1,
        value=lambda number: f"{number:0{length}b}",
        position=lambda text: Fraction(int(text, 2)),
    )


def _intervals(data_type: DataType, facets: Facets, __: Domain | None) -> Steps:
    unit = interval_unit(data_type)
    if unit is None:  # months and years, of which the driver's durations have none
        return Steps(low=0, high=0, value=lambda _: timedelta(), position=lambda _: Fraction(0))
    step = max(facets.microseconds, unit // MICROSECOND)
    longest = _LONGEST_INTERVAL // MICROSECOND // step
    return Steps(
        low=-longest,
        high=longest,
        value=lambda number: timedelta(microseconds=number * step),
        position=lambda length: Fraction(length // MICROSECOND, step),
    )


def _uuids(_: DataType, facets: Facets, __: Domain | None) -> Steps:
    return Steps(
        low=0,
        high=2**128 - 1,
        value=lambda number: UUID(int=number) if facets.uuid else str(UUID(int=number)),
        position=lambda value: Fraction(UUID(str(value)).int),
    )


_MAKERS: dict[TypeKind, Callable[[DataType, Facets, Domain | None], Steps | None]] = {
    TypeKind.BOOLEAN: _booleans,
    TypeKind.INTEGER: _integers,
    TypeKind.NUMERIC: _decimals,
    TypeKind.FLOAT: _floats,
    TypeKind.DATE: _dates,
    TypeKind.TIME: _times,
    TypeKind.TIMESTAMP: _timestamps,
    TypeKind.INTERVAL: _intervals,
    TypeKind.UUID: _uuids,
    TypeKind.MONEY: _money,
    TypeKind.MACADDR: _mac_addresses,
    TypeKind.BITS: _fixed_bits,
}
