"""One text for all ways to write a rule that differ in form alone.

Same under three-valued logic: BETWEEN and two comparisons, IN and `= ANY (ARRAY[...])`, the order
of operands of what commutes, NOT moved inwards (De Morgan), casts that change no value. The result
is SQL that PostgreSQL reads; it is for comparing, not for showing.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from ormthesis.rules.literals import MonthInterval
from ormthesis.rules.patterns import Matcher
from ormthesis.rules.tree import MIRRORED, NEGATED, Call, ColumnRef, Literal, Node
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_COMMUTATIVE = frozenset({"+", "*", "&", "|", "#"})
_INFIX = frozenset({"+", "-", "*", "/", "%", "&", "|", "#", "||", "->", "->>", "?", "@>"})
_INFIX |= {"#>", "#>>", "?&", "?|", "<@", "&&"}


def canonical(node: Node) -> str:
    """The normal form of a boolean expression."""
    return _boolean(node, negated=False)


def _boolean(node: Node, *, negated: bool) -> str:
    if isinstance(node, Call):
        writer = _BOOLEANS.get(node.name)
        if writer is not None:
            return writer(node, negated)
        if node.name in NEGATED:
            return _comparison(node, negated)
    if isinstance(node, Literal) and isinstance(node.value, bool):
        return "true" if node.value is not negated else "false"
    text = _value(node)
    return f"(NOT {text})" if negated else text


def _joined(node: Call, negated: bool) -> str:
    word = _word(node, negated)
    parts = list(_flat(node, word, negated))
    texts = {_boolean(part, negated=not_) for part, not_ in parts}
    if word == "OR":
        texts = _merged(parts)
    return _only(texts) if len(texts) == 1 else "(" + f" {word} ".join(sorted(texts)) + ")"


def _word(node: Call, negated: bool) -> str:
    return "AND" if (node.name == "and") is not negated else "OR"


def _only(texts: set[str]) -> str:
    (text,) = texts
    return text


def _flat(node: Node, word: str, negated: bool) -> Iterator[tuple[Node, bool]]:
    """The parts that `word` joins, each with whether it is negated."""
    while isinstance(node, Call) and node.name == "not":
        node, negated = node.args[0], not negated
    if isinstance(node, Call) and node.name in ("and", "or") and _word(node, negated) == word:
        for arg in node.args:
            yield from _flat(arg, word, negated)
    else:
        yield node, negated


def _merged(parts: Iterable[tuple[Node, bool]]) -> set[str]:
    """`x = 1 OR x = 2` as one IN."""
    groups: dict[str, list[Literal]] = {}
    others: set[str] = set()
    for part, negated in parts:
        subject, items = (None, []) if negated else _as_membership(part)
        if subject is None:
            others.add(_boolean(part, negated=negated))
        else:
            groups.setdefault(_value(subject), []).extend(items)
    return others | {_in_text(subject, items) for subject, items in groups.items()}


def _as_membership(node: Node) -> tuple[Node | None, list[Literal]]:
    if isinstance(node, Call) and node.name in ("=", "in"):
        subject, items = node.args[0], node.args[1:]
        if isinstance(subject, Literal):
            subject, items = items[0], (subject,)
        literals = [item for item in items if isinstance(item, Literal) and item.value is not None]
        boolean = subject.type.kind is TypeKind.BOOLEAN
        if len(literals) == len(items) and not isinstance(subject, Literal) and not boolean:
            return subject, literals
    return None, []


def _in_text(subject: str, items: Iterable[Literal]) -> str:
    texts = sorted({_literal(item) for item in items})
    return (
        f"({subject} = {texts[0]})" if len(texts) == 1 else f"({subject} IN ({', '.join(texts)}))"
    )


def _not(node: Call, negated: bool) -> str:
    return _boolean(node.args[0], negated=not negated)


def _is_null(node: Call, negated: bool) -> str:
    return f"({_value(node.args[0])} IS {'NOT ' if negated else ''}NULL)"


def _truth(node: Call, negated: bool) -> str:
    truths = frozenset({True, False, None}) - node.truths if negated else node.truths
    arg = _value(node.args[0])
    words = {True: "TRUE", False: "FALSE", None: "UNKNOWN"}
    if len(truths) == 1:
        return f"({arg} IS {words[next(iter(truths))]})"
    if len(truths) == 2:
        missing = next(iter(frozenset({True, False, None}) - truths))
        return f"({arg} IS NOT {words[missing]})"
    return "true" if truths else "false"


def _distinct(node: Call, negated: bool) -> str:
    left, right = sorted(_value(arg) for arg in node.args)
    return f"({left} IS {'NOT ' if negated else ''}DISTINCT FROM {right})"


def _in(node: Call, negated: bool) -> str:
    text = _in_text(
        _value(node.args[0]), [arg for arg in node.args[1:] if isinstance(arg, Literal)]
    )
    if not negated:
        return text
    return text.replace(" IN (", " NOT IN (", 1) if " IN (" in text else _swapped_equality(node)


def _swapped_equality(node: Call) -> str:
    return f"({_value(node.args[0])} <> {_value(node.args[1])})"


def _comparison(node: Call, negated: bool) -> str:
    op = NEGATED[node.name] if negated else node.name
    left, right = node.args
    if isinstance(left, Literal) or (
        not isinstance(right, Literal) and _value(left) > _value(right)
    ):
        left, right, op = right, left, MIRRORED[op]
    if isinstance(right, Literal) and isinstance(right.value, bool) and op in ("=", "<>"):
        return _boolean(left, negated=(op == "=") != right.value)
    return f"({_value(left)} {op} {_value(right)})"


_BOOLEANS: dict[str, Callable[[Call, bool], str]] = {
    "and": _joined,
    "or": _joined,
    "not": _not,
    "is_null": _is_null,
    "truth": _truth,
    "distinct": _distinct,
    "in": _in,
}


def _value(node: Node) -> str:
    if isinstance(node, ColumnRef):
        return _identifier(node.name)
    if isinstance(node, Literal):
        return _literal(node)
    if node.name in _BOOLEANS or node.name in NEGATED:
        return _boolean(node, negated=False)
    if node.name in _INFIX:
        parts = [_value(arg) for arg in node.args]
        return (
            "(" + f" {node.name} ".join(sorted(parts) if node.name in _COMMUTATIVE else parts) + ")"
        )
    if node.name.startswith("extract_"):
        return _extract(node)
    if node.name.startswith("date_trunc_"):
        return f"date_trunc('{node.name.removeprefix('date_trunc_')}', {_value(node.args[0])})"
    return _WRITERS.get(node.name, _call)(node)


def _call(node: Call) -> str:
    return f"{node.name}({', '.join(_value(arg) for arg in node.args)})"


def _case(node: Call) -> str:
    arms = zip(node.args[0:-1:2], node.args[1:-1:2], strict=True)
    text = " ".join(f"WHEN {_value(test)} THEN {_value(value)}" for test, value in arms)
    return f"(CASE {text} ELSE {_value(node.args[-1])} END)"


def _cast(node: Call) -> str:
    return f"({_value(node.args[0])})::{type_text(node.type)}"


def _match(node: Call) -> str:
    matcher = node.function
    assert isinstance(matcher, Matcher)
    return f"({_value(node.args[0])} {matcher.sql})"


def _extract(node: Call) -> str:
    return f"EXTRACT({node.name.removeprefix('extract_')} FROM {_value(node.args[0])})"


def _quantified(node: Call) -> str:
    op, word = node.name.rsplit(" ", 1)
    return f"({_value(node.args[0])} {op} {word.upper()} ({_value(node.args[1])}))"


_WRITERS: dict[str, Callable[[Call], str]] = {
    "case": _case,
    "cast": _cast,
    "match": _match,
    "padded": lambda node: _value(node.args[0]),
    "item": lambda node: f"({_value(node.args[0])})[{_value(node.args[1])}]",
    **{f"{op} {word}": _quantified for op in NEGATED for word in ("any", "all")},
    "neg": lambda node: f"(- {_value(node.args[0])})",
    "collate": lambda node: f"({_value(node.args[0])} {node.type.name.removeprefix('text ')})",
}


def type_text(data_type: DataType) -> str:
    """The type as a cast writes it."""
    if data_type.kind is TypeKind.NUMERIC and data_type.precision is not None:
        return f"numeric({data_type.precision}, {data_type.scale or 0})"
    if data_type.kind is TypeKind.TEXT and data_type.length is not None:
        return f"varchar({data_type.length})"
    return data_type.name


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literal(node: Literal) -> str:
    value = node.value
    if value is None:
        return f"NULL::{type_text(node.type)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, str) and node.type.kind in (TypeKind.TEXT, TypeKind.ENUM):
        return _quoted(value)
    if isinstance(value, list) and node.type.kind is TypeKind.ARRAY and node.type.item:
        item = node.type.item
        items = ", ".join(_literal(Literal(value=each, type=item)) for each in value)
        return f"ARRAY[{items}]::{type_text(node.type)}"
    if isinstance(value, Range):
        return f"{_quoted(_range(value))}::{node.type.name.lower()}"
    if isinstance(value, MonthInterval):
        return f"'{value.months} mons {_seconds(value.rest)}'::interval"
    if isinstance(value, timedelta):
        return f"'{_seconds(value)}'::interval"
    return f"{_quoted(_text(value))}::{node.type.name}"


def _range(value: Range[Any]) -> str:
    if value.isempty:
        return "empty"
    low, high = ("" if end is None else f'"{_end(end)}"' for end in (value.lower, value.upper))
    return f"{value.bounds[0]}{low},{high}{value.bounds[1]}"


def _end(value: object) -> str:
    return _number(value).strip("()") if isinstance(value, (int, Decimal)) else _text(value)


def _seconds(span: timedelta) -> str:
    micros = span // timedelta(microseconds=1)
    sign, (whole, rest) = "-" if micros < 0 else "", divmod(abs(micros), 1_000_000)
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{rest:06}"


def _number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        return (
            f"'{number}'::double precision" if isinstance(value, float) else f"'{number}'::numeric"
        )
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"({text})" if text.startswith("-") and text != "-0" else text.replace("-0", "0")


def _text(value: object) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, (UUID, str)):
        return str(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=lambda _: None)
