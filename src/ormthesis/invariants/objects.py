"""Shared by the invariants that write graphs through the ORM."""

from __future__ import annotations

from collections.abc import Iterator

from ormthesis.config.settings import Mode
from ormthesis.generation.layouts import Pin, ancestors, apart_pins, class_pins
from ormthesis.generation.twins import namesake_pins
from ormthesis.invariants.base import Context, Invariant, Judged
from ormthesis.oracle.judge import Verdict
from ormthesis.oracle.outcome import Rejected
from ormthesis.schema.mapping import Direction, Model, Relationship
from ormthesis.schema.model import Table


class ObjectInvariant(Invariant):
    """Needs a mapped class for every table that a graph can hold."""

    mode = Mode.POSITIVE
    company = "objects"
    of_objects = True

    def pins(self, context: Context, table: Table) -> tuple[Pin | None, ...]:
        """Every class over the table once, where there are several; a row whose parents are its
        own; and rows that are one object to a session."""
        models = [*classes_of(context, table)]
        strategies, names = context.strategies, [model.name for model in models]
        each: tuple[Pin | None, ...] = (None,)
        if len(names) > 1:
            each = class_pins(context.schema, table.key, names, strategies.patterns)
        return (
            *each,
            *apart_pins(context.schema, table.key, strategies.patterns),
            *namesake_pins(strategies, table, models),
        )

    def unmapped(self, context: Context, table: Table) -> str:
        """Why the ORM cannot write such graphs; empty where it can."""
        found = (_unwritable(context, key) for key in sorted(ancestors(context.schema, table.key)))
        return next(filter(None, found), "")


def classes_of(context: Context, table: Table) -> Iterator[Model]:
    """The classes whose own table it is, those that have objects of their own."""
    models = context.schema.models_of.get(table.key, ())
    yield from (model for model in models if not model.abstract)


def _unwritable(context: Context, table: str) -> str:
    """Why no object has a row in the table; empty where one can have."""
    schema = context.schema
    over = [model for model in schema.models if model.part(table) is not None]
    if table in schema.through or any(not each.untestable and not each.abstract for each in over):
        return ""
    reasons = [f"{model.name}: {model.untestable}" for model in over if model.untestable]
    if reasons:
        return reasons[0]
    return f"{over[0].name} has no objects of its own" if over else f"no class is mapped to {table}"


def unknown_join(relationship: Relationship) -> str:
    """Why it is not known which rows a relationship leads to; empty where it is."""
    if relationship.filtered:
        return "its join has conditions beyond the columns of a foreign key"
    if relationship.direction is Direction.MANY_TO_MANY and relationship.secondary is None:
        return "its secondary joins follow no declared foreign keys"
    if relationship.foreign_key is None and relationship.secondary is None:
        return "its join follows no declared foreign key"
    return ""


def refused_by_server(judged: Judged) -> bool:
    """Whether a whole valid graph was refused: found by `accepted` and `round-trip` already."""
    return (
        judged.mismatch is not None
        and judged.mismatch.verdict is Verdict.REJECTED
        and isinstance(judged.outcome, Rejected)
        and judged.outcome.rejection.sqlstate is not None
    )
