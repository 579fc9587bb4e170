"""Changes of one column that bring a row nearer to what an expression should be.

A goal is a boolean expression and the truth values that it may have. It is pushed down the tree:
through AND, OR and CASE to the parts that miss it, through comparisons by taking the other side's
value, through operators by `inverses`. Only the values of the row at hand are used, so proposals
are cheap and local; `witness` puts them together.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.evaluate import Evaluate, Row, compile_node
from ormthesis.rules.inverse_values import ANY, as_type
from ormthesis.rules.inverses import inverted
from ormthesis.rules.patterns import Matcher
from ormthesis.rules.tree import MIRRORED, NEGATED, Call, ColumnRef, Literal, Node, Truths
from ormthesis.schema.types import TypeKind

Move = tuple[str, Any]
"""A column and its new value."""
Goal = tuple[Node, Truths]


class Candidates(Protocol):
    """Where values come from that no expression names."""

    def values(self, column: str) -> Sequence[Any]:
        """Some values of the column that are not NULL, simplest first."""

    def holds(self, column: str, value: Any) -> bool:
        """Whether the column can hold the value, which is not NULL, unchanged."""

    def matching(self, pattern: str) -> Sequence[str]:
        """Some texts in which `re.search` finds the pattern."""


class Proposer:
    """Keeps the compiled parts of the expressions that it has seen."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates = candidates
        self._compiled: dict[int, tuple[Node, Evaluate]] = {}

    def reached(self, goal: Goal, row: Row) -> bool:
        try:
            return self.evaluate(goal[0], row) in goal[1]
        except EvaluationError:
            return False

    def evaluate(self, node: Node, row: Row) -> Any:
        """Raises EvaluationError."""
        if id(node) not in self._compiled:
            self._compiled[id(node)] = (node, compile_node(node))
        return self._compiled[id(node)][1](row)

    def value(self, node: Node, row: Row) -> Any:
        """None for NULL and where evaluating fails."""
        try:
            return self.evaluate(node, row)
        except EvaluationError:
            return None

    def moves(self, goal: Goal, row: Row) -> Iterator[Move]:
        """Changes that may reach the goal, or make a part of it right."""
        node, truths = goal
        if isinstance(node, ColumnRef):
            yield from ((node.name, truth) for truth in truths)
        if not isinstance(node, Call):
            return
        match node.name:
            case "and" | "or":
                yield from self._parts(node, truths, row)
            case "not":
                flipped = frozenset(None if t is None else not t for t in truths)
                yield from self.moves((node.args[0], flipped), row)
            case "truth":
                yield from self._truth(node, truths, row)
            case "case" | "coalesce":
                yield from self._arms(node, truths, row)
            case _:
                yield from self._atom(node, truths, row)

    def _parts(self, node: Call, truths: Truths, row: Row) -> Iterator[Move]:
        dominant = node.name == "or"
        if dominant in truths:
            for part in node.args:
                yield from self.moves((part, frozenset({dominant})), row)
        rest = truths - {dominant}
        if not rest:
            return
        for part in node.args:
            if not self.reached((part, rest | {not dominant}), row):
                yield from self.moves((part, rest | {not dominant}), row)
        if rest == {None}:  # one part has to be NULL
            for part in node.args:
                yield from self.moves((part, rest), row)

    def _truth(self, node: Call, truths: Truths, row: Row) -> Iterator[Move]:
        if True in truths:
            yield from self.moves((node.args[0], node.truths), row)
        if False in truths:
            others: Truths = frozenset({True, False, None}) - node.truths
            yield from self.moves((node.args[0], others), row)

    def _arms(self, node: Call, truths: Truths, row: Row) -> Iterator[Move]:
        for value in _chosen(node):
            yield from self.moves((value, truths), row)
        yield from self._choice(node, row)

    def _choice(self, node: Call, row: Row) -> Iterator[Move]:
        """Another arm of a CASE, or argument of a coalesce."""
        if node.name == "coalesce":
            yield from self.made(node.args[0], None, row)
            return
        for test in node.args[0:-1:2]:
            now = self.value(test, row) is True
            wanted: Truths = frozenset({False, None}) if now else frozenset({True})
            yield from self.moves((test, wanted), row)

    def _atom(self, node: Call, truths: Truths, row: Row) -> Iterator[Move]:
        if None in truths:
            for arg in node.args:
                yield from self.made(arg, None, row)
        for truth in (True, False):
            if truth in truths:
                yield from self._decided(node, truth, row)

    def _decided(self, node: Call, truth: bool, row: Row) -> Iterator[Move]:
        if node.name == "is_null":
            yield from self.made(node.args[0], None if truth else ANY, row)
        elif node.name in NEGATED or node.name == "distinct":
            yield from self._compared(node, truth, row)
        elif node.name == "in":
            items = [arg.value for arg in node.args[1:] if isinstance(arg, Literal)]
            for target in items if truth else _apart(items):
                yield from self.made(node.args[0], target, row)
        elif node.name == "match":
            yield from self._matched(node, truth, row)
        else:
            values = [self.value(arg, row) for arg in node.args]
            for index, target in inverted(node, truth, values):
                yield from self.made(node.args[index], target, row)

    def _compared(self, node: Call, truth: bool, row: Row) -> Iterator[Move]:
        op = node.name
        if op == "distinct":
            op = "<>" if truth else "="
        elif not truth:
            op = NEGATED[op]
        values = [self.value(arg, row) for arg in node.args]
        for index, (arg, other) in enumerate(zip(node.args, reversed(values), strict=True)):
            if values[index] is None:
                yield from self.made(arg, ANY, row)
            if other is not None:
                for target in beside(op if index == 0 else MIRRORED[op], other):
                    yield from self.made(arg, target, row)
            if arg.type.kind is TypeKind.ENUM and not isinstance(arg, Literal):
                for label in arg.type.labels:
                    yield from self.made(arg, label, row)
        if node.name == "distinct":
            for arg in node.args:
                yield from self.made(arg, None, row)

    def _matched(self, node: Call, truth: bool, row: Row) -> Iterator[Move]:
        (arg,) = node.args
        now = self.value(arg, row)
        text = now if isinstance(now, str) else ""
        assert isinstance(node.function, Matcher)
        if truth:
            for found in self.candidates.matching(node.function.witness):
                for target in (found, text + found, found + text):
                    yield from self.made(arg, target, row)
            return
        for target in ("", "x", text + "!", "!" + text, text[1:], text[:-1], text.swapcase()):
            yield from self.made(arg, target, row)
        yield from self.made(arg, ANY, row)

    def made(self, node: Node, target: Any, row: Row) -> Iterator[Move]:
        """Changes that may give the expression this value; None is NULL, `ANY` anything else."""
        if isinstance(node, ColumnRef):
            if target is ANY:
                yield from ((node.name, value) for value in self.candidates.values(node.name))
            else:
                yield from ((node.name, value) for value in as_type(target, node.type))
        elif isinstance(node, Call):
            yield from self._inside(node, target, row)

    def _inside(self, node: Call, target: Any, row: Row) -> Iterator[Move]:
        if node.name in ("case", "coalesce"):
            for value in _chosen(node):
                yield from self.made(value, target, row)
            yield from self._choice(node, row)
        elif isinstance(target, bool) and node.type.kind is TypeKind.BOOLEAN:
            yield from self.moves((node, frozenset({target})), row)
        elif node.strict and (target is None or target is ANY):
            for arg in node.args:
                if target is None or self.value(arg, row) is None:
                    yield from self.made(arg, target, row)
        else:
            values = [self.value(arg, row) for arg in node.args]
            for index, wanted in inverted(node, target, values):
                yield from self.made(node.args[index], wanted, row)


def _chosen(node: Call) -> tuple[Node, ...]:
    """The values among which a CASE or coalesce chooses."""
    return node.args if node.name == "coalesce" else (*node.args[1:-1:2], node.args[-1])


def beside(op: str, value: Any) -> list[Any]:
    """Values that stand to `value` as `op` says, the nearest first."""
    found = [value] if op in ("=", "<=", ">=") else []
    if op in (">", ">=", "<>"):
        found += _steps(value, 1)
    if op in ("<", "<=", "<>"):
        found += _steps(value, -1)
    return found


def _apart(items: Sequence[Any]) -> list[Any]:
    return [value for item in items[:3] for value in (*_steps(item, 1), *_steps(item, -1))]


def _steps(value: Any, direction: int) -> list[Any]:
    """A small and a large step away from the value."""
    try:
        return list(_stepped(value, direction))
    except (OverflowError, ValueError, ArithmeticError):
        return []


def _stepped(value: Any, direction: int) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + direction, value + 10 * direction, value + 1000 * direction)
    elif isinstance(value, Decimal):
        yield from (value + Decimal(step) * direction for step in ("1", "0.01", "1000"))
    elif isinstance(value, float):
        yield from (value + direction, math.nextafter(value, direction * math.inf), value / 2)
    elif isinstance(value, datetime):
        yield from (value + direction * timedelta(days=days) for days in (1, 40, 4000))
        yield value + direction * timedelta(microseconds=1)
    elif isinstance(value, date):
        yield from (value + direction * timedelta(days=days) for days in (1, 40, 4000))
    elif isinstance(value, timedelta):
        yield from (value + direction * timedelta(days=days) for days in (1, 400))
        yield value + direction * timedelta(microseconds=1)
    elif isinstance(value, uuid.UUID):
        yield uuid.UUID(int=value.int + direction)
    elif isinstance(value, str):
        yield from (value + "x", "x" + value) if direction > 0 else (value[:-1], "")
    elif isinstance(value, bytes):
        yield value + b"x" if direction > 0 else value[:-1]
    elif isinstance(value, (dict, list)):
        yield from ({"other": 1}, {}, [1], [])


def flattened(goal: Goal) -> Iterator[Goal]:
    """The goal's conjuncts: what has to be reached together, part by part."""
    node, truths = goal
    if isinstance(node, Call) and node.name == "truth" and truths == {True}:
        yield from flattened((node.args[0], node.truths))
    elif isinstance(node, Call) and node.name == "not":
        flipped = frozenset(None if t is None else not t for t in truths)
        yield from flattened((node.args[0], flipped))
    elif isinstance(node, Call) and _is_conjunction(node, truths):
        for part in node.args:
            yield from flattened((part, truths))
    else:
        yield goal


def _is_conjunction(node: Call, truths: Truths) -> bool:
    wanted = {"and": True, "or": False}.get(node.name)
    return wanted is not None and wanted in truths and truths <= {wanted, None}
