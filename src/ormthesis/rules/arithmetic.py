"""Operators that compute: numbers, dates, intervals, text and JSON."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from ormthesis.rules import documents
from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.errors import Unreadable, out_of_range, undecided
from ormthesis.rules.literals import MonthInterval
from ormthesis.rules.number_operators import (
    FLOAT_OPERATORS,
    INTEGER_OPERATORS,
    NUMERIC_OPERATORS,
    bounded,
    single,
)
from ormthesis.rules.sql_types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    NUMBERS,
    NUMERIC,
    REAL,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    has_plain_equality,
    is_untyped,
)
from ormthesis.rules.tree import Call, Literal, Node, call
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable

_K = TypeKind


def arithmetic(op: str, left: Node, right: Node) -> Node:
    """`left op right` for `+ - * / % & | #`.

    Raises:
        Unreadable: no such operator, or one whose result only the server knows.
    """
    if op == "-" and left.type.kind is _K.JSON and left.type.binary:
        key = convert_untyped(right, TEXT)
        if key.type.kind is _K.TEXT:
            return call("-", (left, key), left.type, documents.without, fails=True)
    for node, other in ((left, right), (right, left)):
        if is_untyped(node.type) and other.type.kind not in NUMBERS:
            raise Unreadable(f"{op} beside a literal without a type")
    left, right = convert_untyped(left, right.type), convert_untyped(right, left.type)
    kinds = (left.type.kind, right.type.kind)
    if NUMBERS.issuperset(kinds):
        return _numbers(op, left, right)
    if op in ("+", "-"):
        return _moments(op, left, right)
    raise Unreadable(f"{left.type.name} {op} {right.type.name}")


def _numbers(op: str, left: Node, right: Node) -> Node:
    kinds = {left.type.kind, right.type.kind}
    if _K.FLOAT in kinds:
        return _floats(op, left, right)
    if _K.NUMERIC in kinds:
        return _numeric(op, left, right)
    bits = max(left.type.bits, right.type.bits)
    narrow = _without_widening(left), _without_widening(right)
    if max(node.type.bits for node in narrow) == bits:
        left, right = narrow
    data_type = left.type if left.type.bits == bits else right.type
    return call(op, (left, right), data_type, bounded(INTEGER_OPERATORS[op], bits), fails=True)


def _numeric(op: str, left: Node, right: Node) -> Node:
    if op not in NUMERIC_OPERATORS:
        raise Unreadable(f"{op} on numerics")
    narrow = _without_widening(left), _without_widening(right)
    if any(_is_plainly_numeric(node) for node in narrow):
        left, right = narrow
    else:  # one of the casts is what makes the operator numeric
        left, right = cast(left, NUMERIC), cast(right, NUMERIC)
    return call(op, (left, right), NUMERIC, NUMERIC_OPERATORS[op], fails=True)


def _is_plainly_numeric(node: Node) -> bool:
    """Whether the text alone says so: `3::numeric` is written like an integer."""
    if node.type.kind is not _K.NUMERIC:
        return False
    value = node.value if isinstance(node, Literal) else None
    if isinstance(value, Decimal):
        return not value.is_finite() or value != value.to_integral_value()
    return not isinstance(value, int)


def _without_widening(node: Node) -> Node:
    """Without casts of an integer that cannot fail, which pg_get_constraintdef makes explicit."""
    while isinstance(node, Call) and node.name == "cast" and not node.fails:
        (inner,) = node.args
        if inner.type.kind is not _K.INTEGER or node.type.kind not in (_K.INTEGER, _K.NUMERIC):
            break
        node = inner
    return node


def _floats(op: str, left: Node, right: Node) -> Node:
    if op not in FLOAT_OPERATORS:
        raise Unreadable(f"{op} on floating-point numbers")
    function = FLOAT_OPERATORS[op]
    if left.type.bits == right.type.bits == 32 and left.type.kind is right.type.kind:
        return call(op, (left, right), REAL, _single_precision(op, function), fails=True)
    operands = tuple(n if n.type.kind is _K.FLOAT else cast(n, DOUBLE) for n in (left, right))
    return call(op, operands, DOUBLE, function, fails=True)


def _single_precision(op: str, function: Callable[[float, float], float]) -> Callable[..., float]:
    def run(left: float, right: float) -> float:
        exact = function(left, right)
        result = single(exact)
        if result == 0 and exact != 0 and op in ("*", "/"):
            raise out_of_range("real")
        return result

    return run


def negative(node: Node) -> Node:
    """`- node`."""
    if node.type.kind is _K.INTEGER:
        return call("neg", (node,), node.type, bounded(lambda n: -n, node.type.bits), fails=True)
    if node.type.kind is _K.NUMERIC:
        return call("neg", (node,), NUMERIC, lambda n: n.copy_negate() if n == n else n)
    if node.type.kind is _K.FLOAT:
        return call("neg", (node,), node.type, lambda n: -n)
    raise Unreadable(f"- {node.type.name}")


def _moments(op: str, left: Node, right: Node) -> Node:
    kinds = (left.type.kind, right.type.kind)
    if kinds == (_K.DATE, _K.INTEGER) or (op == "+" and kinds == (_K.INTEGER, _K.DATE)):
        day, count = (left, right) if kinds[0] is _K.DATE else (right, left)
        return call(op, (day, count), DATE, _shift_days(op), fails=True)
    if kinds == (_K.DATE, _K.DATE) and op == "-":
        return call(op, (left, right), INTEGER, lambda a, b: (a - b).days)
    if kinds[1] is _K.INTERVAL:
        return _shifted(op, left, right)
    if kinds[0] is _K.INTERVAL and op == "+":
        return _shifted(op, right, left)
    if op == "-" and set(kinds) <= {_K.DATE, _K.TIMESTAMP}:
        return _difference(left, right)
    raise Unreadable(f"{left.type.name} {op} {right.type.name}")


def _shift_days(op: str) -> Callable[[date, int], date]:
    direction = 1 if op == "+" else -1

    def run(day: date, count: int) -> date:
        try:
            return day + timedelta(days=direction * count)
        except OverflowError:
            raise undecided("a date") from None

    return run


def _difference(left: Node, right: Node) -> Node:
    target = TIMESTAMPTZ if left.type.timezone or right.type.timezone else TIMESTAMP
    operands = (cast(left, target), cast(right, target))
    return call("-", operands, INTERVAL, lambda a, b: a - b)


def _shifted(op: str, moment: Node, span: Node) -> Node:
    if moment.type.kind is _K.DATE:
        moment = cast(moment, TIMESTAMP)
    if moment.type.kind not in (_K.TIMESTAMP, _K.INTERVAL):
        raise Unreadable(f"{moment.type.name} {op} interval")
    months = any(
        isinstance(n, Literal) and isinstance(n.value, MonthInterval) for n in (moment, span)
    )
    if months and moment.type.kind is _K.INTERVAL:
        raise Unreadable("arithmetic on intervals with months")
    data_type = INTERVAL if moment.type.kind is _K.INTERVAL else moment.type
    return call(op, (moment, span), data_type, shift(1 if op == "+" else -1), fails=True)


def shift(direction: int) -> Callable[[Any, Any], Any]:
    def run(moment: Any, span: timedelta | MonthInterval) -> Any:
        try:
            if isinstance(span, MonthInterval):
                moment, span = _add_months(moment, direction * span.months), span.rest
            return moment + direction * span
        except (OverflowError, ValueError):
            raise undecided("a timestamp") from None

    return run


def _add_months(moment: datetime, months: int) -> datetime:
    """The same day of the month, or the last one of a shorter month."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def concatenation(left: Node, right: Node) -> Node:
    """`||` of texts; anything else that `||` takes is left to the server."""
    if is_untyped(left.type) and is_untyped(right.type):
        left = convert_untyped(left, TEXT)
    operands = tuple(_as_text(n, other) for n, other in ((left, right), (right, left)))
    return call("||", operands, TEXT, lambda a, b: a + b)


def _as_text(node: Node, other: Node) -> Node:
    if is_untyped(node.type) and other.type.kind is TypeKind.TEXT:
        return convert_untyped(node, TEXT)
    if node.type.kind is TypeKind.TEXT and has_plain_equality(node.type):
        return cast(node, TEXT) if node.type.fixed else node
    raise Unreadable(f"{node.type.name} || {other.type.name}")


def json_member(document: Node, key: Node, *, text: bool) -> Node:
    """`->` and `->>` with a constant or computed key."""
    if document.type.kind is not TypeKind.JSON:
        raise Unreadable(f"-> on {document.type.name}")
    key = convert_untyped(key, TEXT)
    if key.type.kind not in (TypeKind.TEXT, TypeKind.INTEGER):
        raise Unreadable(f"-> {key.type.name}")
    binary = document.type.binary
    function = documents.member_text if text else documents.member
    name, fails = ("->>", not binary) if text else ("->", False)
    result = TEXT if text else document.type
    run = partial(function, binary=binary)
    return call(name, (document, key), result, run, strict=False, fails=fails)


def json_path(document: Node, path: Literal, *, text: bool) -> Node:
    """`#>` and `#>>` with a constant path."""
    if document.type.kind is not TypeKind.JSON:
        raise Unreadable(f"#> on {document.type.name}")
    function = documents.text_at if text else documents.at
    name, fails = ("#>>", not document.type.binary) if text else ("#>", False)
    result = TEXT if text else document.type
    run = partial(function, binary=document.type.binary)
    return call(name, (document, path), result, run, strict=False, fails=fails)


def json_keys(op: str, document: Node, keys: Literal) -> Node:
    """`?&` and `?|` with constant keys."""
    if document.type.kind is not TypeKind.JSON or not document.type.binary:
        raise Unreadable(f"{document.type.name} {op}")
    every = all if op == "?&" else any

    def run(value: Any, names: list[str]) -> bool:
        return every(documents.has_key(value, name) for name in names)

    return call(op, (document, keys), BOOLEAN, run)


def json_test(op: str, document: Node, operand: Node) -> Node:
    """`jsonb ? text` and `jsonb @> jsonb`."""
    if document.type.kind is not TypeKind.JSON or not document.type.binary:
        raise Unreadable(f"{document.type.name} {op}")
    function: Callable[[Any, Any], bool] = documents.has_key if op == "?" else documents.contains
    wanted: DataType = TEXT if op == "?" else document.type
    operand = convert_untyped(operand, wanted)
    if operand.type.kind is not wanted.kind:
        raise Unreadable(f"{document.type.name} {op} {operand.type.name}")
    return call(op, (document, operand), BOOLEAN, function)
