"""Numbers, counts and moments run backwards (see `inverses`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ormthesis.rules.inverse_values import ANY, Inverse, Proposal, minus, plus
from ormthesis.rules.tree import Call
from ormthesis.schema.types import TypeKind


def _sum(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    left, right = values
    if right is not None:
        yield 0, minus(target, right)
    if left is not None:
        yield 1, minus(target, left)


def _subtraction(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    left, right = values
    if right is not None:
        yield 0, plus(right, target) if isinstance(right, date) else plus(target, right)
    if left is not None:
        yield 1, minus(left, target)


def _multiplication(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    for index, other in ((0, values[1]), (1, values[0])):
        if other:
            yield from ((index, value) for value in _quotients(target, other))
        yield index, 0


def _quotients(target: Any, divisor: Any) -> Iterator[Any]:
    if isinstance(target, float) or isinstance(divisor, float):
        yield float(target) / float(divisor)
        return
    exact = Decimal(target) / Decimal(divisor)
    yield exact
    yield from (math.floor(exact), math.ceil(exact))


def _division(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    left, right = values
    if right is not None:
        floating = isinstance(target, float) or isinstance(right, float)
        yield 0, float(target) * float(right) if floating else target * right
    if left is not None and target:
        yield from ((1, value) for value in _quotients(left, target))
    yield 1, 1


def _modulo(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    left, right = values
    if left is not None and right:
        yield 0, left - (left % right) + target
    yield 0, target


def _bits(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    for index, this, other in ((0, values[0] or 0, values[1]), (1, values[1] or 0, values[0])):
        if other is None:
            continue
        if node.name == "#":
            yield index, target ^ other
        elif node.name == "&":
            yield index, (this & ~other) | (target & other)
        else:
            yield index, target & ~other | (this & other & target)


def _power(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    exponent = values[1]
    if exponent and target >= 0:
        yield 0, float(target) ** (1 / float(exponent))
    yield from ((0, value) for value in (0, 1, 2))


def _negated(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, -target


def _either_sign(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target
    yield 0, -target


def _rounding(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target
    fraction = 0.3 if isinstance(target, float) else Decimal("0.3")
    yield from ((0, target + fraction), (0, target - fraction))


def _root(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target * target


def _sign(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target
    yield 0, target * 10


def _extracted(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    field, number = node.name.removeprefix("extract_"), Decimal(target)
    now = values[0]
    if node.args[0].type.kind is TypeKind.INTERVAL:
        yield 0, timedelta(microseconds=int(number * 1_000_000))
        return
    day = now if isinstance(now, date) else date(2000, 1, 1)
    if field == "epoch":
        zone = UTC if node.args[0].type.timezone else None
        span = timedelta(microseconds=int(number * 1_000_000))
        yield 0, datetime(1970, 1, 1, tzinfo=zone) + span
    if field == "isodow":
        yield 0, day + timedelta(days=int(number) - day.isoweekday())
    elif field == "dow":
        yield 0, day + timedelta(days=int(number) - day.isoweekday() % 7)
    elif field in ("week", "doy"):
        step = 7 if field == "week" else 1
        start = day.replace(month=1, day=4 if field == "week" else 1)
        yield 0, start + timedelta(days=step * (int(number) - 1))
    elif field == "quarter":
        yield 0, day.replace(month=3 * int(number) - 2, day=1)
    elif field in ("second", "minute", "hour", "day", "month", "year", "isoyear"):
        replaced: dict[str, Any] = {field.removeprefix("iso"): int(number)}
        yield 0, day.replace(**replaced)
        yield 0, day.replace(day=1).replace(**replaced)


def _counted(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """num_nulls and num_nonnulls: one argument changes sides."""
    now = sum((value is None) == (node.name == "num_nulls") for value in values)
    more = (target > now) == (node.name == "num_nulls")  # NULLs are wanted
    for index, value in enumerate(values):
        if more and value is not None:
            yield index, None
        elif not more and value is None:
            yield index, ANY


NUMBERS: dict[str, Inverse] = {
    "+": _sum,
    "-": _subtraction,
    "*": _multiplication,
    "/": _division,
    "%": _modulo,
    **dict.fromkeys(("&", "|", "#"), _bits),
    "neg": _negated,
    "abs": _either_sign,
    **dict.fromkeys(("round", "ceil", "ceiling", "floor", "trunc"), _rounding),
    "sign": _sign,
    "power": _power,
    "sqrt": _root,
    "extract": _extracted,
    **dict.fromkeys(("num_nulls", "num_nonnulls"), _counted),
}
