"""Rule text to sqlglot's tree, refused where sqlglot and PostgreSQL could read it differently."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError

from ormthesis.rules.errors import Unreadable


class PlainPostgres(Postgres):
    """PostgreSQL with functions left under the names they were written with."""

    class Parser(Postgres.Parser):  # type: ignore[valid-type, misc]  # built by a metaclass
        FUNCTIONS: ClassVar[dict[str, Any]] = {}


_SUFFIX = re.compile(r"\)\s*(?:NO\s+INHERIT|NOT\s+VALID|NOT\s+ENFORCED|\s)+$", re.IGNORECASE)
_DIALECT = PlainPostgres()


def parse(sql: str) -> exp.Expression:
    """The expression in `sql`, which may be wrapped as pg_get_constraintdef does: `CHECK (...)`.

    Raises:
        Unreadable: not one expression, or its operators bind differently in PostgreSQL.
    """
    try:
        trees = _DIALECT.parse(_SUFFIX.sub(")", sql.strip()))
    except (SqlglotError, RecursionError) as error:
        raise Unreadable(f"syntax: {str(error).splitlines()[0]}") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Expression):
        raise Unreadable("not one expression")
    tree = _unwrapped(trees[0])
    _check_precedence(tree)
    return tree


def _unwrapped(tree: exp.Expression) -> exp.Expression:
    if (
        isinstance(tree, exp.Anonymous)
        and tree.name.upper() == "CHECK"
        and len(tree.expressions) == 1
    ):
        inner = tree.expressions[0]
        if isinstance(inner, exp.Expression):
            return inner
    return tree


def _levels(level: int, *names: str) -> dict[type[Any], int]:
    # By name, since the set of classes varies between versions of sqlglot.
    return {getattr(exp, name): level for name in names if hasattr(exp, name)}


# PostgreSQL's table of operator precedence (documentation, chapter 4.1.6); higher binds tighter.
_LEVEL: dict[type[Any], int] = {
    **_levels(1, "Or"),
    **_levels(2, "And"),
    **_levels(3, "Not"),
    **_levels(4, "Is", "NullSafeEQ", "NullSafeNEQ"),
    **_levels(5, "EQ", "NEQ", "LT", "LTE", "GT", "GTE"),
    **_levels(6, "Like", "ILike", "SimilarTo", "In", "Between", "Escape"),
    **_levels(7, "DPipe", "RegexpLike", "RegexpILike", "JSONExtract", "JSONExtractScalar"),
    **_levels(7, "JSONBExtract", "JSONBExtractScalar", "JSONBContains", "JSONBContainsTopKey"),
    **_levels(7, "ArrayContainsAll", "ArrayContainedBy", "ArrayOverlaps", "StartsWith"),
    **_levels(7, "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseLeftShift", "BitwiseRightShift"),
    **_levels(8, "Add", "Sub"),
    **_levels(9, "Mul", "Div", "IntDiv", "Mod"),
    **_levels(10, "Pow"),
    **_levels(11, "AtTimeZone"),
    **_levels(12, "Collate"),
    **_levels(13, "Neg", "BitwiseNot"),
}
_ASSOCIATIVE = frozenset({1, 2, 3})
_LEFT_ASSOCIATIVE = frozenset({7, 8, 9, 10, 11, 12})
_OPERANDS = ("this", "expression", "low", "high")


def _check_precedence(tree: exp.Expression) -> None:
    """A tree in which each operand binds tighter than its operator is the only reading there is."""
    for node in tree.walk():
        level = _LEVEL.get(type(node))
        if level is None or isinstance(node, exp.Escape):
            continue
        for role in _OPERANDS:
            operand = node.args.get(role)
            if isinstance(operand, exp.Expression) and not _binds(operand, role, level):
                raise Unreadable("operators whose order needs parentheses")


def _binds(operand: exp.Expression, role: str, level: int) -> bool:
    inner = _LEVEL.get(type(operand))
    if inner is None or inner > level:
        return True
    if inner < level:
        return False
    return level in _ASSOCIATIVE or level == 13 or (level in _LEFT_ASSOCIATIVE and role == "this")


def structure(tree: Any) -> str:
    """A text that is equal for trees that differ in parentheses, letter case and casts alone: the
    server prints the casts that it has added."""
    while isinstance(tree, (exp.Paren, exp.Cast)):
        tree = tree.this
    if isinstance(tree, list):
        return ", ".join(structure(part) for part in tree)
    if isinstance(tree, exp.Identifier):
        return str(tree.name if tree.args.get("quoted") else tree.name.lower())
    if not isinstance(tree, exp.Expression):
        return str(tree)
    parts = [part for part in tree.args.values() if part not in (None, False, [])]
    return f"{type(tree).__name__}({', '.join(structure(part) for part in parts)})"
