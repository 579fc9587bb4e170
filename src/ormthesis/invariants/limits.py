"""Shared by the invariants about one column's values: edges accepted, one step beyond refused."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.values import shaped
from ormthesis.generation.values_facets import read_facets
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject, written_by_nobody
from ormthesis.schema.constraints import Constraint
from ormthesis.schema.model import Column, Table
from ormthesis.schema.types import Stored


class LimitInvariant(Invariant):
    """Subclasses say which values lie on the edge and which lie beyond it."""

    mode = Mode.NEGATIVE
    company = "rows"
    rule_type: type[Constraint]
    beyond_kind: MutationKind

    @abstractmethod
    def edges(self, column: Column, rule: Any) -> Sequence[Any]:
        """Values that must be accepted."""

    @abstractmethod
    def beyond(self, drawing: Drawing, column: Column, rule: Any) -> Iterable[Any]:
        """Values that must be refused."""

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [
            Subject(id=rule.id, reason=written_by_nobody(table.by_name[rule.columns[0]]))
            for rule in table.constraints_of(self.rule_type)
        ]

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        rows = drawing.rows
        for rule in drawing.table.constraints_of(self.rule_type):
            if rule.id in drawing.subjects:
                column = drawing.table.by_name[rule.columns[0]]
                for draft in drawing.targets():
                    for kind, value in self._values(drawing, column, rule):
                        changes = {column.name: value}
                        yield drawing.mutation(draft, rows[draft.ref], kind, rule.id, changes)

    def _values(
        self, drawing: Drawing, column: Column, rule: Any
    ) -> Iterator[tuple[MutationKind, Any]]:
        for value in self.beyond(drawing, column, rule):
            yield self.beyond_kind, _written(column, value)
        for value in self.edges(column, rule):
            yield MutationKind.EDGE, _written(column, value)


def _written(column: Column, value: Any) -> Any:
    """A decorator would refuse it or send another value: it is written around the decorator.

    What is about the items of an array is written as an array of one.
    """
    beneath = column.type.beneath
    if beneath.limited is not beneath:
        value = shaped([beneath.limited.stored(value)], read_facets(beneath))
    return value if beneath is column.type else Stored(beneath.stored(value))
