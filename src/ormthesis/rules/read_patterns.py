"""LIKE, SIMILAR TO, regular expressions and COLLATE."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ormthesis.rules import patterns
from ormthesis.rules.arrays import quantified
from ormthesis.rules.casts import convert_untyped
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.sql_types import (
    BOOLEAN,
    BYTE_ORDER,
    TEXT,
)
from ormthesis.rules.tree import (
    Literal,
    Node,
    call,
    negation,
)
from ormthesis.rules.tree_reader import TreeReader, only, shown
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable


def read_collate(reader: TreeReader, tree: exp.Collate) -> Node:
    """An explicit collation matters to the order alone; it travels in the type's name."""
    node = reader.text(tree.this)
    name = tree.expression.name
    if name not in BYTE_ORDER:
        raise Unreadable(f"collation {name}")
    data_type = DataType(kind=TypeKind.TEXT, name=f'text COLLATE "{name}"')
    return call("collate", (node,), data_type, lambda value: value)


def read_like(ignore_case: bool, reader: TreeReader, tree: exp.Binary, escape: str = "\\") -> Node:
    only(tree, "this", "expression", "negate")
    text, pattern = reader.text(tree.this), tree.expression
    negate = bool(tree.args.get("negate"))
    if isinstance(pattern, exp.Anonymous) and pattern.name.lower() == "like_escape":
        pattern, escape = _like_escape(reader, pattern)
    build = partial(patterns.like, ignore_case=ignore_case, escape=escape)
    found = quantified(reader, pattern)
    if found is None:
        return _match(text, reader.constant_text(pattern), build, negate=negate)
    items, combine = found
    return combine(*(_match(text, _text_of(item), build, negate=negate) for item in items))


def _like_escape(reader: TreeReader, tree: exp.Anonymous) -> tuple[Any, str]:
    """The arguments of what pg_get_constraintdef prints for LIKE ... ESCAPE."""
    if len(tree.expressions) != 2:
        raise Unreadable(shown(tree))
    return tree.expressions[0], _escape_char(reader, tree.expressions[1])


def _escape_char(reader: TreeReader, tree: Any) -> str:
    char = reader.constant_text(tree)
    if char is None or len(char) > 1:
        raise Unreadable(f"escape {shown(tree)}")
    return char


def _text_of(item: Node) -> str | None:
    node = convert_untyped(item, TEXT)
    if isinstance(node, Literal) and (node.value is None or isinstance(node.value, str)):
        return node.value
    raise Unreadable("a pattern that is not constant")


def _match(
    text: Node,
    pattern: str | None,
    build: Callable[[str], patterns.Matcher],
    *,
    negate: bool = False,
) -> Node:
    if pattern is None:
        return Literal(value=None, type=BOOLEAN)
    matcher = build(pattern)
    fails = matcher.trust is not patterns.Trust.ALWAYS
    result = call("match", (text,), BOOLEAN, matcher, fails=fails)
    return negation(result) if negate else result


def read_regular(ignore_case: bool, reader: TreeReader, tree: exp.Binary) -> Node:
    only(tree, "this", "expression")
    pattern = reader.constant_text(tree.expression)
    return _match(
        reader.text(tree.this), pattern, partial(patterns.regular, ignore_case=ignore_case)
    )


def read_similar(reader: TreeReader, tree: exp.Binary, escape: str = "\\") -> Node:
    only(tree, "this", "expression")
    pattern = reader.constant_text(tree.expression)
    return _match(reader.text(tree.this), pattern, partial(patterns.similar, escape=escape))


def read_escape(reader: TreeReader, tree: exp.Escape) -> Node:
    char = _escape_char(reader, tree.expression)
    if isinstance(tree.this, exp.SimilarTo):
        return read_similar(reader, tree.this, char)
    if isinstance(tree.this, (exp.Like, exp.ILike)):
        return read_like(isinstance(tree.this, exp.ILike), reader, tree.this, char)
    raise Unreadable(shown(tree))
