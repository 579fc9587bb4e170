"""Whether an expression of the catalog is a declared one: the server rewrites what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ormthesis.core.equality import hashable
from ormthesis.generation.telling import Outcome, mean_the_same
from ormthesis.rules.rule import Rule, compile_rule, compile_value
from ormthesis.schema.constraints import Check, Element
from ormthesis.schema.model import Table

Same = Callable[[Table, Rule, Rule, Outcome], bool]
"""How two rules are compared; the last argument is what counts of their values."""


def same_words(table: Table, ours: Rule, theirs: Rule, outcome: Outcome) -> bool:
    """Whether they have one normal form."""
    return ours.canonical == theirs.canonical


def same_meaning(table: Table, ours: Rule, theirs: Rule, outcome: Outcome) -> bool:
    """Whether no row tells them apart."""
    return mean_the_same(ours, theirs, table.types, outcome)


def same_check(table: Table, rule: Check, name: str, actual: str | None, same: Same) -> bool:
    """Of two opaque rules, nothing but their names can show that they are one."""
    ours, theirs = (compile_rule(sql, table.types) for sql in (rule.sql, actual or ""))
    opaque = ours.opaque is not None and theirs.opaque is not None
    return (opaque and rule.name == name) or same(table, ours, theirs, _passes)


def same_predicate(table: Table, declared: str | None, actual: str | None, same: Same) -> bool:
    """For partial indexes; None for those of all rows."""
    if declared is None or actual is None:
        return declared is actual
    ours, theirs = (compile_rule(sql, table.types) for sql in (declared, actual))
    return same(table, ours, theirs, _selects)


def same_elements(
    table: Table,
    elements: tuple[Element, ...],
    columns: Sequence[str | None],
    definitions: Sequence[str],
    same: Same,
) -> bool:
    """Columns by name, expressions by what they say, in the same order."""
    if len(elements) != len(definitions):  # of a constraint there are none
        return False
    for element, column, sql in zip(elements, columns, definitions, strict=True):
        if element.column != column:
            return False
        if column is None:
            ours, theirs = (compile_value(text, table.types) for text in (element.sql, sql))
            if not same(table, ours, theirs, hashable):
                return False
    return True


def _passes(value: object) -> bool:
    """Of a CHECK: true and NULL do."""
    return value is not False


def _selects(value: object) -> bool:
    """Of a predicate: NULL does not."""
    return value is True
