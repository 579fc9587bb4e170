"""Shared by the invariants about one column's values: edges accepted, one step beyond refused."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.graph import EntityGraph
from ormthesis.invariants.base import Context, Draw, Invariant, Subject
from ormthesis.invariants.mutate import mutation_case, pick_row, resolved
from ormthesis.schema.constraints import Constraint
from ormthesis.schema.model import Column, Table


class LimitInvariant(Invariant):
    """Subclasses say which values lie on the edge and which lie beyond it."""

    mode = Mode.NEGATIVE
    rule_type: type[Constraint]
    beyond_kind: MutationKind

    @abstractmethod
    def edges(self, column: Column, rule: Any) -> Iterable[Any]:
        """Values that must be accepted."""

    @abstractmethod
    def beyond(self, context: Context, column: Column, rule: Any, draw: Draw) -> Iterable[Any]:
        """Values that must be refused."""

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [Subject(id=rule.id) for rule in table.constraints_of(self.rule_type)]

    def cases(
        self,
        context: Context,
        table: Table,
        graph: EntityGraph,
        subjects: frozenset[str],
        draw: Draw,
    ) -> Iterator[Case]:
        draft = pick_row(graph, table, draw)
        if draft is None:
            return
        row = resolved(context, graph)[draft.ref]
        for rule in table.constraints_of(self.rule_type):
            if rule.id not in subjects:
                continue
            column = table.by_name[rule.columns[0]]
            for value in self.beyond(context, column, rule, draw):
                changes = {column.name: value}
                yield mutation_case(graph, draft, self.beyond_kind, rule.id, row, changes)
            for value in self.edges(column, rule):
                changes = {column.name: value}
                yield mutation_case(graph, draft, MutationKind.EDGE, rule.id, row, changes)
