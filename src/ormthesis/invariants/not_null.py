"""NOT NULL columns refuse NULL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject, written_by_nobody
from ormthesis.invariants.failure import Failure
from ormthesis.schema.constraints import NotNull
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class NotNullFailure(Failure):
    invariant = "not-null"
    broken = "does not keep NULL out"


class NotNullInvariant(Invariant):
    """A column declared NOT NULL refuses NULL, whoever writes it.

    Code that reads the column does not expect None; a default in the model does not protect it
    from other writers.
    """

    id = "not-null"
    title = "NOT NULL columns refuse NULL"
    mode = Mode.NEGATIVE
    company = "rows"
    failure = NotNullFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [
            Subject(id=rule.id, reason=written_by_nobody(table.by_name[rule.columns[0]]))
            for rule in table.constraints_of(NotNull)
        ]

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        rows = drawing.rows
        for draft in drawing.targets():
            for rule in drawing.table.constraints_of(NotNull):
                if rule.id in drawing.subjects:
                    row, changes = rows[draft.ref], {rule.columns[0]: None}
                    yield drawing.mutation(draft, row, MutationKind.NULL, rule.id, changes)
