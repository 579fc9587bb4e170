"""Valid graphs are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.edges import edge_values
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

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        subject = drawing.table.key
        yield Case(graph=drawing.graph, subject=subject)
        if not drawing.exhaustive:
            yield from _twins(drawing)
            return
        draft = drawing.pick()
        if draft is None:
            return
        row = drawing.rows[draft.ref]
        for column in drawing.table.columns:
            for value in _edges(drawing.table, column):
                changes = {column.name: value}
                yield drawing.mutation(draft, row, MutationKind.EDGE, subject, changes)


def _twins(drawing: Drawing) -> Iterator[Case]:
    """Two rows that share what no key keeps apart, all of it at once and one column of it: a key
    that nobody declared refuses them."""
    drafts, table = drawing.drafts, drawing.table
    if len(drafts) < 2:
        return
    *others, row = (drawing.rows[draft.ref] for draft in drafts)
    names = _kept_apart_by_none(table)
    whole = {name: others[0][name] for name in names if others[0].get(name) is not None}
    single = [
        {name: value}
        for name in names
        if (value := next((o[name] for o in others if o.get(name) is not None), None)) is not None
    ]
    for changes in (whole, *drawing.some(single)[:1]):
        if changes:
            yield drawing.mutation(drafts[-1], row, MutationKind.EDGE, table.key, changes)


def _kept_apart_by_none(table: Table) -> list[str]:
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
