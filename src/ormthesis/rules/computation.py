"""Expressions that are evaluated for every row, as rules about it: each can be evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ormthesis.rules.casts import cast
from ormthesis.rules.errors import EvaluationError, Unreadable
from ormthesis.rules.parse import parse
from ormthesis.rules.read import read, read_any
from ormthesis.rules.rule import Rule, rule_of, unread
from ormthesis.rules.tree import (
    TRUE,
    ColumnRef,
    Literal,
    Node,
    call,
    case,
    is_null,
    may_fail,
    truth,
)
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ormthesis.schema.model import Computation

Types = Mapping[str, DataType]


def uncertain_rules(computations: Iterable[Computation], types: Types) -> Iterator[Rule]:
    """For each that can raise, a rule that is true or raises."""
    for computation in computations:
        try:
            node = _evaluable(computation, types)
        except Unreadable as reason:
            yield unread(computation.sql, types, str(reason))
        else:
            if may_fail(node):
                yield rule_of(node, types, sql=computation.sql)


def generated_values(computations: Iterable[Computation], types: Types) -> dict[str, Node]:
    """What generated columns hold, where that can be read."""
    found: dict[str, Node] = {}
    for computation in computations:
        if computation.column is not None and computation.type is not None:
            with suppress(Unreadable):
                value = read_any(parse(computation.sql), types)
                found[computation.column] = _assigned(value, computation.type)
    return found


def without_generated(rule: Rule, values: Mapping[str, Node], types: Types) -> Rule:
    """The rule over the columns that generated ones are computed from."""
    if rule.tree is None or values.keys().isdisjoint(rule.columns):
        return rule
    return rule_of(_replaced(rule.tree, values), types, sql=rule.sql)


def _replaced(node: Node, values: Mapping[str, Node]) -> Node:
    if isinstance(node, ColumnRef):
        return values.get(node.name, node)
    if isinstance(node, Literal):
        return node
    return replace(node, args=tuple(_replaced(arg, values) for arg in node.args))


def _evaluable(computation: Computation, types: Types) -> Node:
    value = read_any(parse(computation.sql), types)
    if computation.type is not None:
        value = _assigned(value, computation.type)
    found = truth(is_null(value), frozenset({True, False}))
    if computation.where is None:
        return found
    return case(read(parse(computation.where), types), found, TRUE, data_type=found.type)


def _assigned(value: Node, data_type: DataType) -> Node:
    """The value as a column of the type holds it."""
    if data_type.kind is not TypeKind.TEXT or data_type.length is None:
        return cast(value, data_type)
    fitting = partial(_fitting, limit=data_type.length)
    return call("fitting", (value,), data_type, fitting, fails=True)


def _fitting(text: str, *, limit: int) -> str:
    """Blanks beyond the limit are cut without a word."""
    if text[limit:].strip(" "):
        raise EvaluationError("value too long", sqlstate="22001")
    return text[:limit]
