"""The typed expression tree that rules are read into.

Three node classes suffice. A `Call` covers operators, functions and SQL's special forms; the
special forms (`and`, `or`, `not`, `is_null`, `truth`, `distinct`, `in`, `case`, `coalesce`) have
rules of their own about NULL, so `evaluate` knows them by name, and all others go through
`function`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ormthesis.rules.errors import EvaluationError, Unreadable
from ormthesis.rules.sql_types import BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ormthesis.schema.types import DataType

Truths = frozenset[bool | None]
"""A set of three-valued results; None is SQL's unknown."""

NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
COMPARISONS = frozenset(NEGATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRef:
    """The value of one column of the row."""

    name: str
    type: DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A constant; None is NULL."""

    value: object
    type: DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An operator, function or special form applied to arguments."""

    name: str
    args: tuple[Node, ...]
    type: DataType = BOOLEAN
    function: Callable[..., Any] | None = None
    strict: bool = True
    """NULL if and only if an argument is NULL; False where a NULL result has other causes too."""
    fails: bool = False
    """Whether some arguments that are not NULL raise EvaluationError."""
    truths: Truths = frozenset()
    """For `truth` alone: the results of its argument that make it true."""


Node = ColumnRef | Literal | Call

TRUE = Literal(value=True, type=BOOLEAN)
FALSE = Literal(value=False, type=BOOLEAN)


def call(
    name: str,
    args: tuple[Node, ...],
    data_type: DataType,
    function: Callable[..., object],
    *,
    strict: bool = True,
    fails: bool = False,
) -> Node:
    """A Call of a plain function, or its value where all arguments are constants.

    Raises:
        Unreadable: the value of the constants is an error, which PostgreSQL raises for some or all
            rows, as its planner has it.
    """
    node = Call(name=name, args=args, type=data_type, function=function, strict=strict, fails=fails)
    if not all(isinstance(arg, Literal) for arg in args):
        return node
    values = [arg.value for arg in args if isinstance(arg, Literal)]
    if any(value is None for value in values):
        return Literal(value=None, type=data_type)
    try:
        return Literal(value=function(*values), type=data_type)
    except EvaluationError as error:
        raise Unreadable(f"constant: {error.message}") from None


def conjunction(*args: Node) -> Node:
    """AND; a part that is constantly false makes the whole so, as PostgreSQL's planner has it."""
    return _joined("and", FALSE, args)


def disjunction(*args: Node) -> Node:
    """OR, likewise with a part that is constantly true."""
    return _joined("or", TRUE, args)


def _joined(name: str, deciding: Literal, args: tuple[Node, ...]) -> Node:
    if deciding in args:
        return deciding
    return args[0] if len(args) == 1 else Call(name=name, args=args)


def negation(arg: Node) -> Node:
    if isinstance(arg, Literal):
        return Literal(value=None if arg.value is None else not arg.value, type=BOOLEAN)
    return Call(name="not", args=(arg,))


def is_null(arg: Node) -> Node:
    if isinstance(arg, Literal):
        return Literal(value=arg.value is None, type=BOOLEAN)
    return Call(name="is_null", args=(arg,))


def truth(arg: Node, truths: Truths) -> Node:
    """True where the value of a boolean is one of `truths`, else false: `x IS NOT FALSE`."""
    if isinstance(arg, Literal):
        return Literal(value=arg.value in truths, type=BOOLEAN)
    return Call(name="truth", args=(arg,), truths=truths)


def case(*args: Node, data_type: DataType) -> Node:
    """Condition, value, condition, value, ..., else value."""
    return Call(name="case", args=args, type=data_type, strict=False)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    yield node
    if isinstance(node, Call):
        for arg in node.args:
            yield from walk(arg)


def may_fail(node: Node) -> bool:
    """Whether a row can make the evaluation raise."""
    return any(part.fails for part in walk(node) if isinstance(part, Call))


def column_names(node: Node) -> set[str]:
    return {part.name for part in walk(node) if isinstance(part, ColumnRef)}
