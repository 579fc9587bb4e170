"""Functions of numbers, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP
from typing import TYPE_CHECKING, Any

from ormthesis.rules import number_operators as numbers
from ormthesis.rules.arithmetic import arithmetic
from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.sql_types import DOUBLE, NUMBERS, NUMERIC, is_untyped
from ormthesis.rules.tree import Literal, Node, call
from ormthesis.schema.types import TypeKind

if TYPE_CHECKING:
    from decimal import Decimal

Reader = Callable[[str, tuple[Node, ...]], Node]
"""Of a function's name and its typed arguments; raises Unreadable."""

_K = TypeKind


def refused(name: str, args: tuple[Node, ...]) -> Unreadable:
    return Unreadable(f"{name}({', '.join(arg.type.name for arg in args)})")


def _number(
    on_integer: Callable[[int], int] | None,
    on_numeric: Callable[[Any], object],
    on_float: Callable[[float], float] | None,
) -> Reader:
    """A function of one number; None where integers become numeric or floats are not taken."""

    def read(name: str, args: tuple[Node, ...]) -> Node:
        if len(args) != 1:
            raise refused(name, args)
        kind, data_type = args[0].type.kind, args[0].type
        if kind is _K.INTEGER and on_integer is not None:
            return call(
                name, args, data_type, numbers.bounded(on_integer, data_type.bits), fails=True
            )
        if kind is _K.NUMERIC:
            return call(name, args, NUMERIC, on_numeric)
        if kind is _K.FLOAT and on_float is not None:
            return call(name, args, data_type, on_float)
        raise refused(name, args)

    return read


def _float(function: Callable[..., float], count: int) -> Reader:
    """A function of doubles, to which integers are converted; of numerics it is another one."""

    def read(name: str, args: tuple[Node, ...]) -> Node:
        args = tuple(convert_untyped(arg, DOUBLE) for arg in args)
        kinds = {arg.type.kind for arg in args}
        numeric = _K.NUMERIC in kinds and _K.FLOAT not in kinds
        if len(args) != count or numeric or not kinds <= NUMBERS:
            raise refused(name, args)
        operands = tuple(cast(arg, DOUBLE) for arg in args)
        return call(name, operands, DOUBLE, function, fails=True)

    return read


def _whole(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: function(value) if math.isfinite(value) else value


def _whole_number(on_numeric: Callable[[Any], object], on_float: Callable[[float], int]) -> Reader:
    """A function of numerics and of doubles, to which reals are converted."""
    read = _number(None, on_numeric, _whole(lambda number: float(on_float(number))))

    def converting(name: str, args: tuple[Node, ...]) -> Node:
        floats = len(args) == 1 and args[0].type.kind is _K.FLOAT
        return read(name, (cast(args[0], DOUBLE),) if floats else args)

    return converting


def _round(name: str, args: tuple[Node, ...]) -> Node:
    """round and trunc of a numeric, at a constant number of places."""
    mode = ROUND_HALF_UP if name == "round" else ROUND_DOWN
    if len(args) == 1 and args[0].type.kind is _K.FLOAT:
        to_whole = _whole(lambda n: float(round(n)) if name == "round" else float(math.trunc(n)))
        return call(name, (cast(args[0], DOUBLE),), DOUBLE, to_whole)
    if not args or args[0].type.kind is not _K.NUMERIC or len(args) > 2:
        raise refused(name, args)
    if len(args) == 1:
        return call(name, args, NUMERIC, lambda n: numbers.rounded(n, 0, mode))
    places = args[1]
    if (
        not isinstance(places, Literal)
        or not isinstance(places.value, int)
        or abs(places.value) > 100
    ):
        raise refused(name, args)
    return call(name, args, NUMERIC, lambda n, scale: numbers.rounded(n, scale, mode))


def _mod(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) != 2 or all(is_untyped(arg.type) for arg in args):
        raise refused(name, args)
    return arithmetic("%", *args)


def _sign(name: str, args: tuple[Node, ...]) -> Node:
    if len(args) == 1 and args[0].type.kind in (_K.INTEGER, _K.FLOAT):
        number = cast(args[0], DOUBLE)
        return call(name, (number,), DOUBLE, lambda n: float((n > 0) - (n < 0)))
    return _number(None, numbers.sign, None)(name, args)


def _absolute(value: Decimal) -> Decimal:
    return value.copy_abs() if value == value else value


NUMBER_FUNCTIONS: dict[str, Reader] = {
    "abs": _number(abs, _absolute, abs),
    "ceil": _whole_number(numbers.ceiling, math.ceil),
    "ceiling": _whole_number(numbers.ceiling, math.ceil),
    "floor": _whole_number(numbers.floor, math.floor),
    "power": _float(numbers.power, 2),
    "pow": _float(numbers.power, 2),
    "sqrt": _float(numbers.square_root, 1),
    "sign": _sign,
    "round": _round,
    "trunc": _round,
    "mod": _mod,
}
