"""Valid graphs are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ormthesis.config.settings import Mode
from ormthesis.core.equality import equal, hashable
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.edges import edge_values
from ormthesis.generation.graph import Row
from ormthesis.generation.layouts import Pin
from ormthesis.generation.twins import full_pins, separations
from ormthesis.invariants.aim import Aim, tied
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.schema.constraints import Exclusion, PrimaryKey, Unique
from ormthesis.schema.model import Column, Table


@dataclass(frozen=True, kw_only=True)
class AcceptedFailure(Failure):
    invariant = "accepted"
    broken = "refuses rows that its declarations allow, or stores something else"


class Accepted(Invariant):
    """Rows that keep every declared rule are taken, and stored as they were written.

    A database that refuses them has a rule that the models do not know: a stricter constraint, a
    trigger, a type that is too narrow. The application would meet it in production.
    """

    id = "accepted"
    title = "Valid graphs are accepted"
    mode = Mode.POSITIVE
    company = "rows"
    failure = AcceptedFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [Subject(id=table.key)]

    def pins(self, context: Context, table: Table) -> tuple[Pin | None, ...]:
        """A random shape for the edges, and pairs of rows that share what they may."""
        return (None, *full_pins(context.strategies, table))

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        subject = drawing.table.key
        yield Case(graph=drawing.graph, subject=subject)
        yield from _twins(drawing)
        draft = drawing.pick() if drawing.exhaustive else None
        if draft is None:
            return
        row = drawing.rows[draft.ref]
        for column in drawing.table.columns:
            for value in _edges(drawing.table, column):
                changes = {column.name: value}
                yield drawing.mutation(draft, row, MutationKind.EDGE, subject, changes)


def _twins(drawing: Drawing) -> Iterator[Case]:
    """Two rows that share what no key keeps apart, one column of it and all of it at once: a key
    that nobody declared refuses them."""
    drafts, table = drawing.drafts, drawing.table
    if len(drafts) < 2:
        return
    aim = Aim(drawing)
    draft = drafts[-1]
    first, second = (drawing.rows[each.ref] for each in drafts[-2:])
    singles = [[{name: value}] for name, value in _shared(first, _free(table))]
    for group in (singles, _wholes(table, first, second)):
        for choices in drawing.some(group):
            yield from aim.keeping(draft, table.key, [changes for changes in choices if changes])


def _wholes(table: Table, first: Row, second: Row) -> list[list[dict[str, Any]]]:
    """All of the first row but what keys need to differ, and where that tears a reference all but
    the columns of it, too."""
    names = [column.name for column in table.columns if not (column.surrogate or column.computed)]
    return [
        [
            {
                **dict(_shared(first, [name for name in names if name not in apart])),
                **dict(_parted(table, first, second, separation)),
            }
            for apart in (separation, tied(table, sorted(separation)))
        ]
        for separation in separations(table)
    ]


def _shared(row: Row, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """What another row can take over: a key passes NULLs by."""
    return ((name, row[name]) for name in names if row.get(name) is not None)


def _parted(
    table: Table, first: Row, second: Row, names: Iterable[str]
) -> Iterator[tuple[str, Any]]:
    """Other values for the columns in which the rows have to differ, and do not."""
    for name, value in _shared(first, sorted(names)):
        column = table.by_name[name]
        stored = column.type.stored(value)
        if is_drawn(table, column) and equal(stored, column.type.stored(second.get(name))):
            yield name, distinct_value(column.type, value, {hashable(stored)})


def _free(table: Table) -> list[str]:
    """The columns that no key reads."""
    keys = (*table.constraints_of(PrimaryKey), *table.constraints_of(Unique))
    apart = {name for key in (*keys, *table.constraints_of(Exclusion)) for name in key.columns}
    return [
        column.name
        for column in table.columns
        if column.name not in apart and not (column.surrogate or column.computed)
    ]


def _edges(table: Table, column: Column) -> tuple[Any, ...]:
    """Every edge of the column's type, and NULL; those that break a CHECK are its own cases."""
    if not is_drawn(table, column) or column.json_schema is not None:
        return ()
    return (*edge_values(column.type), *((None,) if column.nullable else ()))
