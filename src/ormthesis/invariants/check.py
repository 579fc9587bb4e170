"""CHECK constraints: false is refused, true and NULL are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.graph import EntityDraft
from ormthesis.generation.guesses import can_be_guessed
from ormthesis.generation.row_rules import related_checks, related_rules
from ormthesis.generation.rows import BranchPlan
from ormthesis.invariants.aim import Aim
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.rules.branch import Branch
from ormthesis.rules.solve import Goal, boundaries, branches, breaking, conjoin
from ormthesis.schema.constraints import Check
from ormthesis.schema.model import Table

IMPLIED = "implied"
"""What the reason of an implied rule starts with."""


@dataclass(frozen=True, kw_only=True)
class CheckFailure(Failure):
    invariant = "check"
    broken = "does not refuse what makes it false, or refuses what does not"


class CheckInvariant(Invariant):
    """A CHECK refuses rows that make it false and takes those that make it true or NULL.

    Each comparison is tried at its edge, one step below and one above; every part of an AND or OR
    is made to decide alone.
    """

    id = "check"
    title = "CHECKs refuse what makes them false"
    mode = Mode.NEGATIVE
    company = "rows"
    failure = CheckFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        for rule in table.constraints_of(Check):
            reason = self._untestable(context, table, rule)
            yield Subject(id=rule.id, reason=reason, implied=reason.startswith(IMPLIED))

    def _untestable(self, context: Context, table: Table, rule: Check) -> str:
        """Why the rule cannot be tested; empty where it can. An opaque one will be sampled."""
        compiled = context.book.checks[rule.id]
        if compiled.opaque:
            guessed = can_be_guessed(context.schema, table, compiled)
            return "" if guessed else f"it cannot be read: {compiled.opaque}"
        if self._breaking(context, table, rule):
            return ""
        if self._broken(context, table, rule):
            return "no row was found that breaks it and keeps the other rules"
        return f"{IMPLIED} by {self._implying(context, table, rule)}: no row breaks it alone"

    def _implying(self, context: Context, table: Table, rule: Check) -> str:
        """The rules each of which would have to go for some row to break this one alone."""
        book = context.book
        broken = branches(book.checks[rule.id], Goal.BREAKS)
        if not broken:
            return "the types of its columns"
        kept = partial(related_rules, table, book, rule.id, refused=True)
        names = [
            other
            for other in related_checks(table, book, rule.id)
            if conjoin([broken, *kept(without=frozenset({other}))])
        ]
        _, *holding = kept()
        if conjoin([broken, *holding]):
            names.append("NOT NULL")
        return " and ".join(names) or "other rules"

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        context, table = drawing.context, drawing.table
        rows, filler = drawing.rows, context.strategies.plan(table.key)
        for rule in table.constraints_of(Check):
            if rule.id not in drawing.subjects or context.book.checks[rule.id].opaque:
                continue
            ways = (
                (MutationKind.BREAK, self._breaking(context, table, rule)),
                (MutationKind.EDGE, self._edges(context, table, rule)),
            )
            for draft in drawing.targets():
                row = rows[draft.ref]
                for kind, plan in _chosen(drawing, ways):
                    # None where all that the branch asks is a reference that the row has.
                    if changes := filler.draw_branch(drawing.draw, plan, row):
                        yield drawing.mutation(draft, row, kind, rule.id, changes)
                if table.foreign_key_columns.issuperset(context.book.checks[rule.id].columns):
                    yield from _of_references(drawing, rule, draft)

    def _breaking(self, context: Context, table: Table, rule: Check) -> tuple[BranchPlan, ...]:
        """Ways to break this check and keep those that read the same columns.

        The row that is changed keeps all the others as it is.
        """

        return context.strategies.branch_plans(
            table.key, ("breaks", rule.id), lambda: self._broken(context, table, rule)
        )

    def _broken(self, context: Context, table: Table, rule: Check) -> tuple[Branch, ...]:
        """By one of its parts alone where that can be."""
        compiled = context.book.checks[rule.id]
        related = related_rules(table, context.book, rule.id, refused=True)
        alone = conjoin([breaking(compiled), *related])
        return alone or conjoin([branches(compiled, Goal.BREAKS), *related])

    def _edges(self, context: Context, table: Table, rule: Check) -> tuple[BranchPlan, ...]:
        """The check's own boundaries, all others kept."""

        def solve() -> tuple[Branch, ...]:
            edges = boundaries(context.book.checks[rule.id])
            return conjoin([edges, *related_rules(table, context.book, rule.id)])

        return context.strategies.branch_plans(table.key, ("edges", rule.id), solve)


def _of_references(drawing: Drawing, rule: Check, draft: EntityDraft) -> Iterator[Case]:
    """Other parents for a row, with which it breaks a rule that reads references alone."""
    aim = Aim(drawing)
    for key in drawing.table.foreign_keys:
        if not set(key.columns).isdisjoint(rule.columns):
            yield from aim.breaking(draft, MutationKind.BREAK, rule.id, aim.parents(key))


def _chosen(
    drawing: Drawing, ways: Iterable[tuple[MutationKind, Sequence[BranchPlan]]]
) -> Iterator[tuple[MutationKind, BranchPlan]]:
    for kind, plans in ways:
        for plan in drawing.some(plans):
            yield kind, plan
