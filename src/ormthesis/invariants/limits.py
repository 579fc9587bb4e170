"""Shared by the invariants about one column's values: edges accepted, one step beyond refused."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.schema.constraints import Constraint
from ormthesis.schema.model import Column, Table


class LimitInvariant(Invariant):
    """Subclasses say which values lie on the edge and which lie beyond it."""

    mode = Mode.NEGATIVE
    rule_type: type[Constraint]
    beyond_kind: MutationKind

    @abstractmethod
    def edges(self, column: Column, rule: Any) -> Sequence[Any]:
        """Values that must be accepted."""

    @abstractmethod
    def beyond(self, drawing: Drawing, column: Column, rule: Any) -> Iterable[Any]:
        """Values that must be refused."""

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [Subject(id=rule.id) for rule in table.constraints_of(self.rule_type)]

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        draft = drawing.pick()
        if draft is None:
            return
        row = drawing.rows()[draft.ref]
        for rule in drawing.table.constraints_of(self.rule_type):
            if rule.id not in drawing.subjects:
                continue
            column = drawing.table.by_name[rule.columns[0]]
            for kind, values in (
                (self.beyond_kind, self.beyond(drawing, column, rule)),
                (MutationKind.EDGE, drawing.some(self.edges(column, rule))),
            ):
                for value in values:
                    yield drawing.mutation(draft, row, kind, rule.id, {column.name: value})
