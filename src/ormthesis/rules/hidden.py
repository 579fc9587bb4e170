"""Constants that decide where no boundary of their rule lies, so that no row shows their change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ormthesis.rules.linear import linear
from ormthesis.rules.patterns import Matcher
from ormthesis.rules.tree import COMPARISONS, Call, ColumnRef, Literal, Node
from ormthesis.schema.types import TypeKind

_WITHOUT_EDGES = (TypeKind.JSON, TypeKind.ARRAY, TypeKind.RANGE)


def hidden_constants(node: Node) -> frozenset[str]:
    """Patterns and constants but truth values that no column or text's length is compared with."""
    return frozenset(_hidden(node))


def _hidden(node: Node) -> Iterator[str]:
    if isinstance(node, Literal):
        yield from _texts(node.value)
    elif isinstance(node, Call) and not _has_edges(node):
        if isinstance(node.function, Matcher):
            yield node.function.sql
        for arg in node.args:
            yield from _hidden(arg)


def _has_edges(node: Call) -> bool:
    """Whether `boundaries` pins each constant of the comparison."""
    if node.name not in COMPARISONS and node.name != "in":
        return False
    return all(isinstance(arg, Literal) or _is_pinned(arg) for arg in node.args)


def _is_pinned(node: Node) -> bool:
    if isinstance(node, Call) and node.name == "length":
        return isinstance(node.args[0], ColumnRef)
    simple = linear(node)
    return simple is not None and simple[0].type.kind not in _WITHOUT_EDGES


def _texts(value: object) -> Iterator[str]:
    """The same for numbers of all types, and for an array as for its items."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, (int, float, Decimal)):
        yield str(Decimal(repr(value) if isinstance(value, float) else value).normalize())
    else:
        yield repr(value)
