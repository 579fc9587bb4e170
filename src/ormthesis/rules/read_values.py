"""Operators and functions that compute a value."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from ormthesis.rules import arithmetic as compute
from ormthesis.rules import patterns
from ormthesis.rules.array_operators import array_literal, array_of, array_test, subscript
from ormthesis.rules.casts import cast, convert_untyped
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.functions import function
from ormthesis.rules.range_operators import range_test
from ormthesis.rules.read_logic import read_column
from ormthesis.rules.sql_types import (
    INTEGER,
    INTERVAL,
    TEXT,
    UNTYPED,
    named_type,
)
from ormthesis.rules.tree import (
    Literal,
    Node,
)
from ormthesis.rules.tree_reader import Reader, TreeReader, only, shown
from ormthesis.schema.types import TypeKind


def read_arithmetic(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression", "typed", "safe")
    return compute.arithmetic(op, reader.node(tree.this), reader.node(tree.expression))


def read_negative(reader: TreeReader, tree: exp.Neg) -> Node:
    return compute.negative(reader.node(tree.this))


def read_concatenation(reader: TreeReader, tree: exp.DPipe) -> Node:
    return compute.concatenation(reader.node(tree.this), reader.node(tree.expression))


def read_cast(reader: TreeReader, tree: exp.Cast) -> Node:
    only(tree, "this", "to")
    return cast(reader.node(tree.this), named_type(tree.args["to"], reader.types.values()))


def read_interval(reader: TreeReader, tree: exp.Interval) -> Node:
    only(tree, "this", "unit")
    if not isinstance(tree.this, exp.Literal):
        raise Unreadable(shown(tree))
    unit = tree.args.get("unit")
    if unit is not None and not isinstance(unit, exp.Var):
        raise Unreadable(shown(tree))
    text = f"{tree.this.this} {unit.name}" if unit is not None else tree.this.this
    return convert_untyped(Literal(value=text, type=UNTYPED), INTERVAL)


def read_starts_with(reader: TreeReader, tree: exp.StartsWith) -> Node:
    return function("starts_with", (reader.node(tree.this), reader.node(tree.expression)))


def read_json_member(text: bool, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression", "only_json_types")
    key = _path_key(reader, tree.expression)
    return compute.json_member(reader.node(tree.this), key, text=text)


def _path_key(reader: TreeReader, tree: Any) -> Node:
    if not isinstance(tree, exp.JSONPath):
        return reader.node(tree)
    parts = tree.expressions
    if len(parts) == 2 and isinstance(parts[0], exp.JSONPathRoot):
        key = parts[1].args.get("this")
        if isinstance(parts[1], exp.JSONPathKey) and isinstance(key, str):
            return Literal(value=key, type=TEXT)
        if isinstance(parts[1], exp.JSONPathSubscript) and isinstance(key, int):
            return Literal(value=key, type=INTEGER)
    raise Unreadable(f"JSON path {shown(tree)}")


def read_array(reader: TreeReader, tree: exp.Array) -> Node:
    only(tree, "expressions")
    return array_literal([reader.node(item) for item in tree.expressions])


def read_subscript(reader: TreeReader, tree: exp.Bracket) -> Node:
    """sqlglot counts from 0, and keeps the keys of documents."""
    only(tree, "this", "expressions")
    inner = reader.node(tree.this)
    (index,) = tree.expressions if len(tree.expressions) == 1 else (None,)
    plain = isinstance(index, exp.Literal) and not index.is_string
    if inner.type.kind is TypeKind.JSON and inner.type.binary and index is not None and not plain:
        key = Literal(value=reader.constant_text(index), type=TEXT)
        return compute.json_member(inner, key, text=False)
    if not isinstance(index, exp.Literal) or index.is_string or not index.this.isdecimal():
        raise Unreadable(shown(tree))
    return subscript(inner, int(index.this) + 1)


def read_containment(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    """Of arrays, ranges or documents."""
    only(tree, "this", "expression")
    left, right = reader.node(tree.this), reader.node(tree.expression)
    if TypeKind.ARRAY in (left.type.kind, right.type.kind):
        return array_test(op, left, right)
    if TypeKind.RANGE in (left.type.kind, right.type.kind):
        return range_test(op, left, right)
    if op == "<@":
        left, right, op = right, left, "@>"
        left = convert_untyped(left, right.type)
    return compute.json_test(op, left, right)


def read_json_keys(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression")
    return compute.json_keys(op, reader.node(tree.this), _constant_array(reader, tree.expression))


def read_json_path(text: bool, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression")
    path = _constant_array(reader, tree.expression)
    return compute.json_path(reader.node(tree.this), path, text=text)


def _constant_array(reader: TreeReader, tree: Any) -> Literal:
    """`'{a,b}'`, `ARRAY['a', 'b']` or either with a cast."""
    target = array_of(TEXT)
    if isinstance(tree, exp.Array):
        items = [convert_untyped(reader.node(item), TEXT) for item in tree.expressions]
        node = array_literal(items)
    else:
        node = convert_untyped(reader.node(tree), target)
    if not isinstance(node, Literal) or not isinstance(node.value, list) or None in node.value:
        raise Unreadable(shown(tree))
    return Literal(value=node.value, type=target)


def read_time_zone(reader: TreeReader, tree: exp.AtTimeZone) -> Node:
    only(tree, "this", "zone")
    zone = Literal(value=reader.constant_text(tree.args["zone"]), type=TEXT)
    return function("timezone", (zone, reader.node(tree.this)))


def read_json_test(op: str, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression")
    return compute.json_test(op, reader.node(tree.this), reader.node(tree.expression))


def read_lambda(reader: TreeReader, tree: exp.Lambda) -> Node:
    """What sqlglot makes of `document -> 'key'` as an argument of a function."""
    names, key = tree.expressions, tree.this
    inner = key.this if isinstance(key, exp.Cast) else key
    if len(names) != 1 or not isinstance(inner, exp.Literal):
        raise Unreadable(shown(tree))
    document = read_column(reader, exp.Column(this=names[0]))
    return compute.json_member(document, reader.node(key), text=False)


def read_named(reader: TreeReader, tree: exp.Anonymous) -> Node:
    name = tree.name.lower()
    if name == "similar_to_escape":
        texts = [reader.constant_text(arg) for arg in tree.expressions]
        if any(text is None for text in texts):
            return Literal(value=None, type=TEXT)
        return Literal(value=patterns.similar_to_regular(*[str(t) for t in texts]), type=TEXT)
    return function(name, tuple(reader.node(arg) for arg in tree.expressions))


def read_renamed(name: str, *roles: str) -> Reader:
    """A class of its own in sqlglot for what is a plain function."""

    def run(reader: TreeReader, tree: exp.Expression) -> Node:
        only(tree, *roles)
        args = [tree.args[role] for role in roles if tree.args.get(role) is not None]
        return function(name, tuple(reader.node(arg) for arg in args))

    return run


def read_trim(reader: TreeReader, tree: exp.Trim) -> Node:
    only(tree, "this", "expression", "position")
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(tree.args.get("position")), "btrim")
    args = [tree.this, tree.args.get("expression")]
    return function(name, tuple(reader.node(arg) for arg in args if arg is not None))


def read_extract(reader: TreeReader, tree: exp.Extract) -> Node:
    only(tree, "this", "expression")
    field = tree.this
    name = field.name if isinstance(field, exp.Var) else reader.constant_text(field)
    return function("date_part", (Literal(value=name, type=TEXT), reader.node(tree.expression)))
