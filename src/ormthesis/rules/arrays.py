"""`op ANY (ARRAY[...])` and `op ALL (ARRAY[...])`, as pg_get_constraintdef prints IN and NOT IN."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from sqlglot import exp

from ormthesis.rules.casts import cast
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.sql_types import UNTYPED, named_type
from ormthesis.rules.tree import Literal, Node, conjunction, disjunction

Combine = Callable[..., Node]

# Items that need no quotes inside an array literal.
_PLAIN_ARRAY = re.compile(r"\{[\w.:+-]+(?:,[\w.:+-]+)*\}")


class NodeReader(Protocol):
    types: Any

    def node(self, tree: Any) -> Node: ...


def quantified(reader: NodeReader, tree: Any) -> tuple[list[Node], Combine] | None:
    """The items of the array and how their comparisons are joined; None if neither ANY nor ALL."""
    if isinstance(tree, exp.Any):
        return _items(reader, tree.this), disjunction
    if isinstance(tree, exp.Anonymous) and tree.name.lower() in ("all", "any", "some"):
        (array,) = tree.expressions
        return _items(reader, array), conjunction if tree.name.lower() == "all" else disjunction
    if isinstance(tree, exp.All):
        return _items(reader, tree.this), conjunction
    return None


def array_operand(reader: NodeReader, tree: Any) -> tuple[Node, bool] | None:
    """The array that is a value of the row, and whether ALL is asked of its items; else None."""
    every = isinstance(tree, exp.All)
    if isinstance(tree, exp.Anonymous) and tree.name.lower() in ("all", "any", "some"):
        (inner,), every = tree.expressions, tree.name.lower() == "all"
    elif isinstance(tree, (exp.Any, exp.All)):
        inner = tree.this
    else:
        return None
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if not isinstance(inner, exp.Column):
        return None
    return reader.node(inner), every


def _items(reader: NodeReader, tree: Any) -> list[Node]:
    if isinstance(tree, exp.Paren):
        return _items(reader, tree.this)
    if isinstance(tree, exp.Array) and tree.expressions:
        return [reader.node(item) for item in tree.expressions]
    if isinstance(tree, exp.Cast):
        target = tree.args["to"]
        if getattr(target.this, "name", None) == "ARRAY" and len(target.expressions) == 1:
            data_type = named_type(target.expressions[0], reader.types.values())
            return [cast(item, data_type) for item in _cast_items(reader, tree.this)]
    raise Unreadable("ANY or ALL of something that is not a constant array")


def _cast_items(reader: NodeReader, tree: Any) -> list[Node]:
    if isinstance(tree, exp.Literal) and tree.is_string and _PLAIN_ARRAY.fullmatch(tree.this):
        words = tree.this[1:-1].split(",")
        return [Literal(value=None if w.lower() == "null" else w, type=UNTYPED) for w in words]
    return _items(reader, tree)
