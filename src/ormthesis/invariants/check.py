"""CHECK constraints: false is refused, true and NULL are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.graph import EntityDraft, EntityGraph, Row
from ormthesis.generation.rows import BranchPlan, kept_rules
from ormthesis.invariants.base import Context, Draw, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.mutate import mutation_case, pick_row, resolved
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
    failure = CheckFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        for rule in table.constraints_of(Check):
            opaque = context.book.checks[rule.id].opaque
            reason = f"it cannot be read: {opaque}" if opaque else ""
            if not reason and not self._breaking(context, table, rule):
                reason = "implied by other rules: no row breaks it alone"
            yield Subject(id=rule.id, reason=reason)

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
        for rule in table.constraints_of(Check):
            if rule.id in subjects:
                yield from self._probes(context, table, rule, graph, draft, row, draw)

    def _probes(
        self,
        context: Context,
        table: Table,
        rule: Check,
        graph: EntityGraph,
        draft: EntityDraft,
        row: Row,
        draw: Draw,
    ) -> Iterator[Case]:
        for kind, plans in (
            (MutationKind.BREAK, self._breaking(context, table, rule)),
            (MutationKind.EDGE, self._edges(context, table, rule)),
        ):
            for plan in plans:
                changes = context.strategies.plan(table.key).draw_branch(draw, plan, row)
                yield mutation_case(graph, draft, kind, rule.id, row, changes)

    def _breaking(self, context: Context, table: Table, rule: Check) -> tuple[BranchPlan, ...]:
        """Ways to break this check and keep all others."""

        def solve() -> tuple[Branch, ...]:
            broken = branches(context.book.checks[rule.id], Goal.BREAKS)
            return conjoin([broken, *kept_rules(table, context.book, besides=rule.id)])

        return context.strategies.branch_plans(table.key, ("breaks", rule.id), solve)

    def _edges(self, context: Context, table: Table, rule: Check) -> tuple[BranchPlan, ...]:
        """The check's own boundaries, all others kept."""

        def solve() -> tuple[Branch, ...]:
            edges = boundaries(context.book.checks[rule.id])
            return conjoin([edges, *kept_rules(table, context.book, besides=rule.id)])

        return context.strategies.branch_plans(table.key, ("edges", rule.id), solve)
