"""Sums of truth values: `num_nonnulls(a, b)`, `(a IS NULL)::int + (b IS NULL)::int`."""

from __future__ import annotations

from ormthesis.rules.tree import Call, Literal, Node, is_null, negation
from ormthesis.schema.types import TypeKind

COUNTS = frozenset({"num_nulls", "num_nonnulls"})


def counted(node: Node) -> tuple[tuple[Node, ...], int] | None:
    """A sum of truth values as conditions and a constant: `(a IS NULL)::int + num_nonnulls(b)`."""
    if isinstance(node, Literal):
        return ((), node.value) if type(node.value) is int else None
    if not isinstance(node, Call):
        return None
    if node.name in COUNTS:
        tests = (is_null(arg) for arg in node.args)
        return tuple(t if node.name == "num_nulls" else negation(t) for t in tests), 0
    casts = (node.args[0].type.kind, node.type.kind) if node.name == "cast" else None
    if casts == (TypeKind.BOOLEAN, TypeKind.INTEGER):
        return (node.args[0],), 0
    if node.name != "+":
        return None
    parts = [counted(arg) for arg in node.args]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    return tuple(c for part in known for c in part[0]), sum(part[1] for part in known)
