"""Columns, constants, comparisons and what joins them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlglot import exp

from ormthesis.rules.array_operators import among, array_test
from ormthesis.rules.arrays import array_operand, quantified
from ormthesis.rules.casts import convert_untyped
from ormthesis.rules.comparison import ordered, unified
from ormthesis.rules.conditional import conditional
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.membership import membership
from ormthesis.rules.sql_types import (
    BIGINT,
    INTEGER,
    NUMERIC,
    TEXT,
    UNTYPED,
    as_expression_type,
    is_untyped,
)
from ormthesis.rules.tree import (
    FALSE,
    TRUE,
    Call,
    ColumnRef,
    Literal,
    Node,
    conjunction,
    disjunction,
    is_null,
    negation,
    truth,
)
from ormthesis.rules.tree_reader import TreeReader, only, shown
from ormthesis.schema.types import TypeKind

UNKNOWN = Literal(value=None, type=UNTYPED)


# Words that PostgreSQL never reads as a column unless they are quoted.
_RESERVED = frozenset(
    [
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "localtime",
        "localtimestamp",
        "session_user",
        "system_user",
        "user",
    ]
)


def read_paren(reader: TreeReader, tree: exp.Paren) -> Node:
    return reader.node(tree.this)


def read_column(reader: TreeReader, tree: exp.Column) -> Node:
    identifier = tree.this
    if not isinstance(identifier, exp.Identifier):
        raise Unreadable(shown(tree))
    quoted = bool(identifier.args.get("quoted"))
    name = identifier.name if quoted else identifier.name.lower()
    if name not in reader.types or (name in _RESERVED and not quoted):
        raise Unreadable(f"{name} is not a column of the table")
    return ColumnRef(name=name, type=as_expression_type(reader.types[name]))


def read_literal(reader: TreeReader, tree: exp.Literal) -> Node:
    if tree.is_string:
        return Literal(value=tree.this, type=UNTYPED)
    if not tree.this.isdecimal():
        return Literal(value=Decimal(tree.this), type=NUMERIC)
    number = int(tree.this)
    for data_type in (INTEGER, BIGINT):
        if number <= data_type.integer_bounds[1]:
            return Literal(value=number, type=data_type)
    return Literal(value=Decimal(number), type=NUMERIC)


def read_truth_value(reader: TreeReader, tree: exp.Boolean) -> Node:
    return TRUE if tree.this else FALSE


def read_and(reader: TreeReader, tree: exp.And) -> Node:
    return conjunction(reader.boolean(tree.this), reader.boolean(tree.expression))


def read_or(reader: TreeReader, tree: exp.Or) -> Node:
    return disjunction(reader.boolean(tree.this), reader.boolean(tree.expression))


def read_not(reader: TreeReader, tree: exp.Not) -> Node:
    return negation(reader.boolean(tree.this))


def read_compare(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression")
    if rows := _rows(reader, tree.this, tree.expression):
        return _compared_rows(op, *rows)
    array = array_operand(reader, tree.expression)
    if array is not None:
        return among(reader.node(tree.this), op, array[0], every=array[1])
    found = quantified(reader, tree.expression)
    if found is not None:
        items, combine = found
        if op == "=" and combine is disjunction:
            return membership(reader.node(tree.this), items)
        if op == "<>" and combine is conjunction:
            return negation(membership(reader.node(tree.this), items))
        left = reader.node(tree.this)
        return combine(*(ordered(left, item, op) for item in items))
    left, right = reader.node(tree.this), reader.node(tree.expression)
    if TypeKind.ARRAY in (left.type.kind, right.type.kind) and op in ("=", "<>"):
        return array_test(op, left, right)
    return ordered(left, right, op)


def _row(reader: TreeReader, tree: Any) -> list[Node] | None:
    """The parts of `(a, b)` or `ROW(a, b)`."""
    if isinstance(tree, exp.Paren):
        return _row(reader, tree.this)
    is_row = isinstance(tree, exp.Anonymous) and tree.name.lower() == "row"
    if isinstance(tree, exp.Tuple) or is_row:
        return [reader.node(part) for part in tree.expressions]
    return None


def _rows(reader: TreeReader, *trees: Any) -> list[list[Node]]:
    """The parts of each; nothing where none is a row."""
    found = [_row(reader, tree) for tree in trees]
    known = [row for row in found if row is not None]
    if known and (len(known) < len(found) or len({len(row) for row in known}) > 1):
        raise Unreadable("a row beside something else")
    return known


def _compared_rows(op: str, left: list[Node], right: list[Node]) -> Node:
    """Part by part; an order of rows is another matter."""
    if op not in ("=", "<>"):
        raise Unreadable("an order of rows")
    join = conjunction if op == "=" else disjunction
    return join(*(ordered(a, b, op) for a, b in zip(left, right, strict=True)))


def read_is(reader: TreeReader, tree: exp.Is) -> Node:
    only(tree, "this", "expression", "negate")
    if tree.args.get("negate") and isinstance(tree.expression, exp.Null):
        parts = _row(reader, tree.this)
        if parts is not None:  # no part is NULL, which is not the contrary of all being so
            return conjunction(*(negation(is_null(part)) for part in parts))
    result = _is_plain(reader, tree)
    return negation(result) if tree.args.get("negate") else result


def _is_plain(reader: TreeReader, tree: exp.Is) -> Node:
    if isinstance(tree.expression, exp.Null):
        parts = _row(reader, tree.this)
        if parts is not None:
            return conjunction(*(is_null(part) for part in parts))
        node = reader.node(tree.this)
        return is_null(convert_untyped(node, TEXT) if is_untyped(node.type) else node)
    if isinstance(tree.expression, exp.Boolean):
        return truth(reader.boolean(tree.this), frozenset({bool(tree.expression.this)}))
    raise Unreadable(shown(tree))


def read_distinct(negated: bool, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression")
    for this, other in ((tree.this, tree.expression), (tree.expression, tree.this)):
        if isinstance(other, exp.Null):
            tested = is_null(convert_untyped(reader.node(this), TEXT))
            return tested if negated else negation(tested)
    left, right = unified(reader.node(tree.this), reader.node(tree.expression))
    equal = ordered(left, right, "=")
    if isinstance(equal, Literal):
        equal = Call(name="=", args=(left, right), function=lambda a, b: a == b)
    result = (
        Call(name="distinct", args=equal.args, function=equal.function)
        if isinstance(equal, Call)
        else equal
    )
    return negation(result) if negated else result


def read_between(reader: TreeReader, tree: exp.Between) -> Node:
    only(tree, "this", "low", "high", "symmetric")
    value, low, high = (reader.node(tree.args[part]) for part in ("this", "low", "high"))
    inside = _within(value, low, high)
    if not tree.args.get("symmetric"):
        return inside
    return disjunction(inside, _within(value, high, low))


def _within(value: Node, low: Node, high: Node) -> Node:
    return conjunction(ordered(value, low, ">="), ordered(value, high, "<="))


def read_in(reader: TreeReader, tree: exp.In) -> Node:
    only(tree, "this", "expressions")
    if rows := _rows(reader, tree.this, *tree.expressions):
        subject, *others = rows
        return disjunction(*(_compared_rows("=", subject, other) for other in others))
    return membership(reader.node(tree.this), [reader.node(item) for item in tree.expressions])


def read_case(reader: TreeReader, tree: exp.Case) -> Node:
    only(tree, "this", "ifs", "default")
    optional = [
        reader.node(part) if (part := tree.args.get(name)) is not None else None
        for name in ("this", "default")
    ]
    arms = [(reader.node(arm.this), reader.node(arm.args["true"])) for arm in tree.args["ifs"]]
    return conditional(optional[0], arms, optional[1])
