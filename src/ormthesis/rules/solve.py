"""A goal pushed down a rule's tree, in three-valued logic, to branches that reach it.

Each step replaces "this expression has one of these truth values" by the same about its parts, so
the branches together cover exactly the rows that reach the goal: `HOLDS(a >= b)` is `a IS NULL`, or
`b IS NULL`, or the relation `a >= b`. A part that no domain or relation can say stays residual.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from ormthesis.rules.alone import breaking_alone
from ormthesis.rules.atoms import AtomSolver
from ormthesis.rules.boundaries import boundaries_of
from ormthesis.rules.branch import EVERYTHING, Branch, of_domain, of_residual
from ormthesis.rules.combine import (
    LIMIT,
    Branches,
    TooMany,
    product,
    simplest_first,
    union,
    unique,
)
from ormthesis.rules.conjoin import conjoin
from ormthesis.rules.counting import counted
from ormthesis.rules.domain import Domain, Nullness
from ormthesis.rules.sample import reaching
from ormthesis.rules.tree import Call, ColumnRef, Literal, Node, Truths, truth

if TYPE_CHECKING:
    from ormthesis.rules.rule import Rule

__all__ = ["Goal", "boundaries", "branches", "breaking", "conjoin"]

_ALL: Truths = frozenset({True, False, None})


class Goal(str, Enum):
    """What a row should make of a rule."""

    HOLDS = "holds"  # a CHECK passes: true or NULL
    BREAKS = "breaks"  # a CHECK is violated: false
    SELECTS = "selects"  # an index predicate takes the row: true
    OMITS = "omits"  # an index predicate leaves the row out: false or NULL

    @property
    def truths(self) -> Truths:
        """The truth values that reach the goal."""
        return _TRUTHS[self]


_TRUTHS: dict[Goal, Truths] = {
    Goal.HOLDS: frozenset({True, None}),
    Goal.BREAKS: frozenset({False}),
    Goal.SELECTS: frozenset({True}),
    Goal.OMITS: frozenset({False, None}),
}


def branches(rule: Rule, goal: Goal) -> Branches:
    """Conjunctions that each imply the goal and together cover it, simplest first, at most 64.

    No branch means that no row reaches the goal. Columns keep no trace of their table's NOT NULL
    and of other rules: `conjoin` with those.

    Raises:
        OpaqueRuleError: the rule cannot be read.
    """
    if rule.sample is not None:
        return (of_residual(reaching(rule, goal.truths)),)
    node = _tree(rule)
    solver = _Solver(rule.columns)
    found = solver.reach(node, goal.truths)
    if _may_fail(node):
        # Any part of the rule could raise for a row of the branch, so the whole has the last word.
        whole = solver.residual(truth(node, goal.truths)).residual
        found = unique(replace(branch, residual=whole) for branch in found)
    return simplest_first(found)


def breaking(rule: Rule) -> Branches:
    """Branches in which one part of the rule alone breaks it; all that break it where none does so.

    Raises:
        OpaqueRuleError: the rule cannot be read.
    """
    if rule.sample is not None:
        return branches(rule, Goal.BREAKS)
    node = _tree(rule)
    solver = _Solver(rule.columns)
    found: list[Branch] = []
    for goals in breaking_alone(node):
        with suppress(TooMany):
            found.extend(product(*(solver.reach(part, wanted) for part, wanted in goals)))
    if _may_fail(node):
        whole = solver.residual(truth(node, Goal.BREAKS.truths)).residual
        found = [replace(branch, residual=(*branch.residual, *whole)) for branch in found]
    return simplest_first(unique(found)[:LIMIT]) or branches(rule, Goal.BREAKS)


def boundaries(rule: Rule) -> Branches:
    """Branches that pin each edge of the rule: n-1, n and n+1 of every limit, and so on.

    A branch says where an edge lies, not whether the rule holds there: `conjoin` it with
    `branches(rule, ...)`.

    Raises:
        OpaqueRuleError: the rule cannot be read.
    """
    if rule.sample is not None:
        return branches(rule, Goal.SELECTS)
    return boundaries_of(_tree(rule), _Solver(rule.columns))


def _may_fail(node: Node) -> bool:
    """Whether a row can make the evaluation raise; a sum of truth values never overflows."""
    if not isinstance(node, Call) or counted(node) is not None:
        return False
    return node.fails or any(_may_fail(arg) for arg in node.args)


def _tree(rule: Rule) -> Node:
    if rule.tree is None:
        rule.evaluate({})  # raises, with the reason
    assert rule.tree is not None
    return rule.tree


class _Solver(AtomSolver):
    """The connectives; the parts without parts are in `atoms`."""

    def reach(self, node: Node, wanted: Truths) -> Branches:
        """All rows for which the boolean has a wanted value."""
        if not wanted or wanted == _ALL:
            return (EVERYTHING,) if wanted else ()
        try:
            return self._reach(node, wanted)
        except TooMany:
            return (self.residual(truth(node, wanted)),)

    def _reach(self, node: Node, wanted: Truths) -> Branches:
        if isinstance(node, Literal):
            return (EVERYTHING,) if node.value in wanted else ()
        if isinstance(node, ColumnRef):
            return self._column(node, wanted)
        if node.name in ("and", "or"):
            return self._connective(node, wanted, dominant=node.name == "or")
        if node.name == "not":
            swapped = frozenset(value if value is None else not value for value in wanted)
            return self.reach(node.args[0], swapped)
        if node.name == "truth":
            return self._truth(node, wanted)
        if node.name in ("case", "coalesce"):
            return union(
                *(product(guard, self.reach(value, wanted)) for guard, value in self.arms(node))
            )
        return self._atom(node, wanted)

    def _column(self, node: ColumnRef, wanted: Truths) -> Branches:
        null = of_domain(node.name, Domain(null=Nullness.MUST))
        members = tuple(value for value in (False, True) if value in wanted)
        found = (null,) if None in wanted else ()
        if not members:
            return found
        return *found, of_domain(node.name, Domain(null=Nullness.MUST_NOT, members=members))

    def _truth(self, node: Call, wanted: Truths) -> Branches:
        inside = self.reach(node.args[0], node.truths) if True in wanted else ()
        outside = self.reach(node.args[0], _ALL - node.truths) if False in wanted else ()
        return union(inside, outside)

    def _connective(self, node: Call, wanted: Truths, *, dominant: bool) -> Branches:
        """One part with the dominant value (false for AND) decides; NULL comes before the rest."""
        rest: Truths = frozenset({not dominant, None})
        if wanted == {dominant} or wanted == {dominant, None}:
            return union(*(self.reach(part, wanted) for part in node.args))
        if wanted == {not dominant} or wanted == rest:
            return product(*(self.reach(part, wanted) for part in node.args))
        if None not in wanted:
            return union(*(self.reach(node, frozenset({value})) for value in _in_order(wanted)))
        return union(*(self._one_null(node, index, rest) for index in range(len(node.args))))

    def _one_null(self, node: Call, index: int, rest: Truths) -> Branches:
        others = (self.reach(part, rest) for at, part in enumerate(node.args) if at != index)
        return product(self.reach(node.args[index], frozenset({None})), *others)

    def _atom(self, node: Call, wanted: Truths) -> Branches:
        null = self.null(node) if None in wanted else ()
        return union(null, *(self.atom(node, value) for value in (True, False) if value in wanted))


def _in_order(wanted: Truths) -> tuple[bool | None, ...]:
    return tuple(value for value in (None, True, False) if value in wanted)
