"""What the readers of sqlglot's classes share: the way to read a part, and to refuse one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from ormthesis.rules.casts import convert_untyped
from ormthesis.rules.comparison import require_plain_equality
from ormthesis.rules.errors import Unreadable
from ormthesis.rules.sql_types import BOOLEAN, TEXT
from ormthesis.rules.tree import Literal, Node, call
from ormthesis.schema.types import DataType, TypeKind


class TreeReader:
    """Reads one rule of one table."""

    def __init__(self, types: Mapping[str, DataType], readers: Mapping[type[Any], Reader]) -> None:
        self.types = types
        self.readers = readers

    def node(self, tree: Any) -> Node:
        reader = self.readers.get(type(tree))
        if reader is None:
            raise Unreadable(f"{type(tree).__name__}: {shown(tree)}")
        return reader(self, tree)

    def boolean(self, tree: Any) -> Node:
        node = convert_untyped(self.node(tree), BOOLEAN)
        if node.type.kind is not TypeKind.BOOLEAN:
            raise Unreadable(f"{shown(tree)} is not boolean")
        return node

    def text(self, tree: Any) -> Node:
        node = convert_untyped(self.node(tree), TEXT)
        size = node.type.length
        if node.type.kind is not TypeKind.TEXT or (node.type.fixed and size is None):
            raise Unreadable(f"a pattern on {node.type.name}")
        require_plain_equality(node.type)
        if node.type.fixed and size is not None:  # patterns see the blanks
            return call("padded", (node,), TEXT, lambda text: text.ljust(size))
        return node

    def constant_text(self, tree: Any) -> str | None:
        node = convert_untyped(self.node(tree), TEXT)
        if isinstance(node, Literal) and (node.value is None or isinstance(node.value, str)):
            return node.value
        raise Unreadable("a pattern that is not constant")


Reader = Callable[[TreeReader, Any], Node]


def shown(tree: Any) -> str:
    return tree.sql(dialect="postgres") if isinstance(tree, exp.Expression) else str(tree)


def only(tree: Any, *known: str) -> None:
    """Refuse arguments that the reader does not know."""
    for name, value in tree.args.items():
        if value not in (None, False, []) and name not in known:
            raise Unreadable(f"{name} in {shown(tree)}")
