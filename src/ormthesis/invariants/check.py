"""CHECK constraints: false is refused, true and NULL are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.rows import BranchPlan, related_rules
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.rules.branch import Branch
from ormthesis.rules.solve import Goal, boundaries, branches, conjoin
from ormthesis.schema.constraints import Check
from ormthesis.schema.model import Table


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
            opaque = context.book.checks[rule.id].opaque
            reason = f"it cannot be read: {opaque}" if opaque else ""
            if not reason and not self._breaking(context, table, rule):
                reason = "implied by other rules: no row breaks it alone"
            yield Subject(id=rule.id, reason=reason)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        context, table = drawing.context, drawing.table
        rows, filler = drawing.rows(), context.strategies.plan(table.key)
        for rule in table.constraints_of(Check):
            if rule.id not in drawing.subjects:
                continue
            ways = (
                (MutationKind.BREAK, self._breaking(context, table, rule)),
                (MutationKind.EDGE, self._edges(context, table, rule)),
            )
            for draft in drawing.targets():
                row = rows[draft.ref]
                for kind, plan in _chosen(drawing, ways):
                    changes = filler.draw_branch(drawing.draw, plan, row)
                    yield drawing.mutation(draft, row, kind, rule.id, changes)

    def _breaking(self, context: Context, table: Table, rule: Check) -> tuple[BranchPlan, ...]:
        """Ways to break this check and keep those that read the same columns.

        The row that is changed keeps all the others as it is.
        """

        def solve() -> tuple[Branch, ...]:
            broken = branches(context.book.checks[rule.id], Goal.BREAKS)
            return conjoin([broken, *related_rules(table, context.book, rule.id)])

        return context.strategies.branch_plans(table.key, ("breaks", rule.id), solve)

    def _edges(self, context: Context, table: Table, rule: Check) -> tuple[BranchPlan, ...]:
        """The check's own boundaries, all others kept."""

        def solve() -> tuple[Branch, ...]:
            edges = boundaries(context.book.checks[rule.id])
            return conjoin([edges, *related_rules(table, context.book, rule.id)])

        return context.strategies.branch_plans(table.key, ("edges", rule.id), solve)


def _chosen(
    drawing: Drawing, ways: Iterable[tuple[MutationKind, Sequence[BranchPlan]]]
) -> Iterator[tuple[MutationKind, BranchPlan]]:
    for kind, plans in ways:
        for plan in drawing.some(plans):
            yield kind, plan
