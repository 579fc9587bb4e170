"""Arithmetic on numbers as PostgreSQL does it: checked, truncating, exact for numeric.

Function names say the PostgreSQL type they work on; None never reaches them.
"""

from __future__ import annotations

import math
import operator
import struct
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    Inexact,
    Overflow,
)
from typing import TYPE_CHECKING

from ormthesis.rules.errors import EvaluationError, division_by_zero, out_of_range, undecided

if TYPE_CHECKING:
    from collections.abc import Callable

Number = int | Decimal
_DIVIDING = Context(prec=4000, Emax=200_000, Emin=-200_000, traps=[Overflow])
_EXACT = Context(prec=4000, Emax=200_000, Emin=-200_000, traps=[Inexact, Overflow])


def single(value: float) -> float:
    """Rounded to a `real`.

    Raises:
        EvaluationError: too large for a real.
    """
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    if math.isinf(rounded) and not math.isinf(value):
        raise out_of_range("real")
    return rounded


def bounded(function: Callable[..., int], bits: int) -> Callable[..., int]:
    """The function, refused beyond the integer type's range."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def run(*args: int) -> int:
        result = function(*args)
        if low <= result <= high:
            return result
        raise out_of_range("integer")

    return run


def integer_divide(left: int, right: int) -> int:
    """Towards zero, not down."""
    if right == 0:
        raise division_by_zero()
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


def integer_modulo(left: int, right: int) -> int:
    """With the sign of the dividend."""
    return left - right * integer_divide(left, right)


def _exactly(name: str) -> Callable[[Number, Number], Decimal]:
    method: Callable[[Decimal, Decimal], Decimal] = getattr(_EXACT, name)

    def run(left: Number, right: Number) -> Decimal:
        try:
            return method(Decimal(left), Decimal(right))
        except (Inexact, Overflow):
            raise undecided("a number of more than 4000 digits") from None

    return run


numeric_add = _exactly("add")
numeric_subtract = _exactly("subtract")
numeric_multiply = _exactly("multiply")


def numeric_modulo(left: Number, right: Number) -> Decimal:
    a, b = Decimal(left), Decimal(right)
    if a.is_nan() or b.is_nan():
        return Decimal("NaN")
    if b == 0:
        raise division_by_zero()
    try:
        return _EXACT.remainder(a, b)
    except (Inexact, Overflow):
        raise undecided("a number of more than 4000 digits") from None


def _float_operator(function: Callable[[float, float], float]) -> Callable[[float, float], float]:
    def run(left: float, right: float) -> float:
        result = function(left, right)
        if math.isinf(result) and math.isfinite(left) and math.isfinite(right):
            raise out_of_range("double precision")
        return result

    return run


def _float_multiply(left: float, right: float) -> float:
    result = left * right
    if result == 0 and left != 0 and right != 0:
        raise out_of_range("double precision")
    return result


def _float_divide(left: float, right: float) -> float:
    if right == 0 and left == left:
        raise division_by_zero()
    if right == 0:
        return left
    result = left / right
    if result == 0 and left != 0 and math.isfinite(right):
        raise out_of_range("double precision")
    return result


FLOAT_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": _float_operator(operator.add),
    "-": _float_operator(operator.sub),
    "*": _float_operator(_float_multiply),
    "/": _float_operator(_float_divide),
}
INTEGER_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": integer_divide,
    "%": integer_modulo,
    "&": operator.and_,
    "|": operator.or_,
    "#": operator.xor,
}


def numeric_divide(left: Number, right: Number) -> Decimal:
    """Rounded to the scale that PostgreSQL selects: at least 16 significant digits.

    The operands' own scales count, so they have to be as they are stored.
    """
    a, b = Decimal(left), Decimal(right)
    if a.is_nan() or b.is_nan():
        return Decimal("NaN")
    if b == 0:
        raise division_by_zero()
    if not (a.is_finite() and b.is_finite()):
        raise undecided("a quotient of infinite numbers")
    return rounded(_DIVIDING.divide(a, b), _quotient_scale(a, b))


def _quotient_scale(a: Decimal, b: Decimal) -> int:
    """In groups of four digits, as numerics are kept."""
    (weight, first), (other_weight, other_first) = _leading_group(a), _leading_group(b)
    quotient = weight - other_weight - (first <= other_first)
    scales = (-int(number.as_tuple().exponent) for number in (a, b))
    return min(max(16 - 4 * quotient, 0, *scales), 1000)


def _leading_group(number: Decimal) -> tuple[int, int]:
    """Weight and value of the first group that is not zero."""
    if number == 0:
        return 0, 0
    weight = number.adjusted() // 4
    return weight, int(abs(number).scaleb(-4 * weight, _EXACT))


def power(base: float, exponent: float) -> float:
    fraction = math.isfinite(exponent) and exponent != math.floor(exponent)
    if (base == 0 and exponent < 0) or (base < 0 and fraction):
        raise EvaluationError("a power that is no number", sqlstate="2201F")
    try:
        result = math.pow(base, exponent)
    except OverflowError:
        raise out_of_range("double precision") from None
    if result == 0 and base != 0 and math.isfinite(base) and math.isfinite(exponent):
        raise out_of_range("double precision")
    return result


def square_root(value: float) -> float:
    if value < 0:
        raise EvaluationError("square root of a negative number", sqlstate="2201F")
    return math.sqrt(value)


NUMERIC_OPERATORS: dict[str, Callable[[Number, Number], Decimal]] = {
    "+": numeric_add,
    "-": numeric_subtract,
    "*": numeric_multiply,
    "/": numeric_divide,
    "%": numeric_modulo,
}


def rounded(value: Number, scale: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """A numeric at `scale` decimal places (negative ones too), halves away from zero."""
    number = Decimal(value)
    if not number.is_finite():
        return number
    return number.quantize(Decimal(1).scaleb(-scale), rounding=mode, context=Context(prec=4000))


def fitted(value: Number, precision: int, scale: int) -> Decimal:
    """A numeric made to fit numeric(precision, scale).

    Raises:
        EvaluationError: too many digits before the point.
    """
    result = rounded(value, scale)
    if result.is_infinite() or (
        result.is_finite() and abs(result) >= Decimal(10) ** (precision - scale)
    ):
        raise out_of_range("numeric")
    return result


def ceiling(value: Number) -> Decimal:
    return rounded(value, 0, ROUND_CEILING)


def floor(value: Number) -> Decimal:
    return rounded(value, 0, ROUND_FLOOR)


def truncated(value: Number) -> Decimal:
    return rounded(value, 0, ROUND_DOWN)


def sign(value: Number) -> Decimal:
    number = Decimal(value)
    return number if number.is_nan() else Decimal((number > 0) - (number < 0))


def numeric_to_integer(value: Number) -> int:
    """Halves away from zero."""
    number = Decimal(value)
    if not number.is_finite():
        raise EvaluationError("cannot convert NaN or infinity to integer", sqlstate="0A000")
    return int(rounded(number, 0))


def float_to_integer(value: float) -> int:
    """Halves to even."""
    if not math.isfinite(value):
        raise out_of_range("integer")
    return round(value)


def to_double(value: Number | float) -> float:
    """A numeric or integer as double precision.

    Raises:
        EvaluationError: too large.
    """
    try:
        result = float(value)
    except OverflowError:
        raise out_of_range("double precision") from None
    if math.isinf(result) and not Decimal(value).is_infinite():
        raise out_of_range("double precision")
    return result
