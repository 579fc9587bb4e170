"""Aims a mutation: of several changes of a row, the one that breaks one rule and no other.

Where keys share columns, a change for one of them can break another, and a refusal by that one
would prove nothing. The oracle says beforehand what each change breaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.graph import EntityDraft, Row, graph_keys
from ormthesis.generation.row_rules import kept_rules
from ormthesis.invariants.base import Drawing
from ormthesis.oracle.outcome import Refusal
from ormthesis.rules.branch import Branch
from ormthesis.rules.solve import Goal, branches, conjoin
from ormthesis.schema.constraints import Constraint, ForeignKey
from ormthesis.schema.model import Table

Changes = Mapping[str, Any]


class Aim:
    """Chooses among changes of the rows of one drawing."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.rows = drawing.rows
        self._oracle = drawing.context.oracle
        self._keys = graph_keys(drawing.context.schema)

    def is_valid(self) -> bool:
        """Whether the graph as it is breaks nothing."""
        case = Case(graph=self.drawing.graph)
        return not isinstance(self._oracle.predict(case, self._keys), Refusal)

    def breaking(
        self, draft: EntityDraft, kind: MutationKind, rule: str, choices: Iterable[Changes]
    ) -> Iterator[Case]:
        """The first change that breaks the rule alone, else the first that breaks it at all."""
        second: Case | None = None
        for case, broken in self._predicted(draft, kind, rule, choices):
            if broken == {rule}:
                yield case
                return
            if second is None and rule in broken:
                second = case
        if second is not None:
            yield second

    def keeping(self, draft: EntityDraft, rule: str, choices: Iterable[Changes]) -> Iterator[Case]:
        """The first change that breaks nothing."""
        for case, broken in self._predicted(draft, MutationKind.EDGE, rule, choices):
            if not broken:
                yield case
                return

    def _predicted(
        self, draft: EntityDraft, kind: MutationKind, rule: str, choices: Iterable[Changes]
    ) -> Iterator[tuple[Case, frozenset[str]]]:
        for changes in choices:
            case = self.drawing.mutation(draft, self.rows[draft.ref], kind, rule, changes)
            prediction = self._oracle.predict(case, self._keys)
            if isinstance(prediction, Refusal):
                yield case, prediction.rules | prediction.errors
            else:
                yield case, frozenset()

    def left_out(self, rule: Constraint, draft: EntityDraft) -> Iterator[Changes]:
        """Values with which the predicate of a partial rule leaves the row out."""
        context, table = self.drawing.context, self.drawing.table
        predicate = context.book.predicates.get(rule.id)
        if predicate is None or predicate.opaque:
            return

        def solve() -> tuple[Branch, ...]:
            return conjoin([branches(predicate, Goal.OMITS), *kept_rules(table, context.book)])

        plans = context.strategies.branch_plans(table.key, ("omits", rule.id), solve)
        filler = context.strategies.plan(table.key)
        for plan in self.drawing.some(plans):
            drawn = filler.draw_branch(self.drawing.draw, plan, self.rows[draft.ref])
            yield {name: drawn[name] for name in predicate.columns if name in drawn}

    def parents(self, key: ForeignKey) -> Iterator[Changes]:
        """The key's columns as each row that it can refer to has them."""
        for draft in self.drawing.graph.of_table(key.referred_table):
            yield referring(key, self.rows[draft.ref])


def referring(key: ForeignKey, parent: Row) -> dict[str, Any]:
    """The key's columns for a reference to this row."""
    pairs = zip(key.columns, key.referred_columns, strict=True)
    return {name: parent.get(target) for name, target in pairs}


def sharing(table: Table, columns: Iterable[str], *, but: ForeignKey | None = None) -> Changes:
    """What sets the other keys that share columns NULL, where they can be without touching them."""
    taken = set(columns)
    return {
        name: None
        for key in table.foreign_keys
        if key is not but and taken & set(key.columns)
        for name in key.columns
        if name not in taken and table.by_name[name].nullable
    }


def tied(table: Table, columns: Iterable[str]) -> tuple[str, ...]:
    """The columns together with all those that foreign keys tie to them."""
    found = list(columns)
    for name in found:  # grows
        for key in table.foreign_keys:
            if name in key.columns:
                found += [other for other in key.columns if other not in found]
    return tuple(found)
