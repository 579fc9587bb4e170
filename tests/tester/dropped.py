"""The DDL that takes one declared rule out of a database, made from the rule itself."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Enumeration,
    ForeignKey,
    Length,
    NotNull,
    PrimaryKey,
    Range,
    Unique,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.schema.model import Schema


@singledispatch
def drop(rule: Constraint) -> str:
    """The statement after which the rule is not kept. Needs the name that the models give it."""
    raise NotImplementedError(rule)


@drop.register(PrimaryKey)
@drop.register(ForeignKey)
@drop.register(Check)
def _(rule: Constraint) -> str:
    return f"ALTER TABLE {rule.table} DROP CONSTRAINT {rule.name}"


@drop.register
def _(rule: Unique) -> str:
    if rule.index:
        return f"DROP INDEX {rule.name}"
    return f"ALTER TABLE {rule.table} DROP CONSTRAINT {rule.name}"


@drop.register
def _(rule: NotNull) -> str:
    return f"ALTER TABLE {rule.table} ALTER {rule.columns[0]} DROP NOT NULL"


@drop.register(Enumeration)
@drop.register(Length)
def _(rule: Constraint) -> str:
    return f"ALTER TABLE {rule.table} ALTER {rule.columns[0]} TYPE text"


@drop.register
def _(rule: Range) -> str:
    return f"ALTER TABLE {rule.table} ALTER {rule.columns[0]} TYPE numeric"


def droppable(schema: Schema, kind: type[Constraint]) -> Iterator[Constraint]:
    """Rules of one kind that can be taken out alone and whose absence can be seen.

    A primary key keeps NULL out by itself; one that others refer to cannot go; and a range within
    a CHECK's range is kept by the CHECK.
    """
    for table in schema.tables:
        checked = {name for rule in table.constraints_of(Check) for name in rule.columns}
        for rule in table.constraints_of(kind):
            kept_by_key = isinstance(rule, NotNull) and rule.columns[0] in table.primary_key
            referred = isinstance(rule, PrimaryKey) and schema.referring[table.key]
            kept_by_check = isinstance(rule, Range) and rule.columns[0] in checked
            if not (kept_by_key or referred or kept_by_check):
                yield rule
