"""Branches of several rules of one table, combined.

Sets that share no column, however indirectly, are independent: each such group is searched by
itself (depth first, given up as soon as a prefix contradicts itself), then the groups' results are
combined so that every one of them occurs.
"""

from __future__ import annotations

import math
from itertools import islice
from itertools import product as combinations
from typing import TYPE_CHECKING

from ormthesis.rules.branch import EVERYTHING, Branch
from ormthesis.rules.combine import LIMIT, Branches, unique
from ormthesis.rules.errors import undecided
from ormthesis.rules.merge import merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STEPS = 200_000
"""How many partial combinations a search may try: some seconds."""


def conjoin(branch_sets: Sequence[Branches]) -> Branches:
    """Conjunctions of one branch of each set, at most 64, deterministic, simplest first.

    Where there are more, each branch of each set that can occur does so in the result, as far as 64
    suffice. Nothing means that the sets contradict each other: no row reaches all of their goals.

    Raises:
        EvaluationError: the search was given up (never for the rules of a plausible table).
    """
    groups = [_searched(group) for group in _groups(branch_sets)]
    if not all(groups):
        return ()
    choices = _covering(groups)
    return unique(_joined(choice) for choice in islice(choices, 2 * LIMIT))[:LIMIT]


def _groups(branch_sets: Sequence[Branches]) -> list[list[Branches]]:
    """The sets, grouped by shared columns."""
    groups: list[tuple[set[str], list[Branches]]] = []
    for branches in branch_sets:
        columns = {name for branch in branches for name in branch.columns}
        members = [branches]
        apart = []
        for known, inside in groups:
            if known & columns:
                columns |= known
                members = [*inside, *members]
            else:
                apart.append((known, inside))
        groups = [*apart, (columns, members)]
    return [members for _, members in groups]


def _searched(group: Sequence[Branches]) -> Branches:
    budget = _Budget()
    found = list(islice(_search(group, EVERYTHING, budget), LIMIT + 1))
    if len(found) <= LIMIT:
        return unique(found)
    pinned = (_first_with(group, index, branch, budget) for index, branch in _members(group))
    return unique([found[0], *(b for b in pinned if b is not None), *found])[:LIMIT]


class _Budget:
    def __init__(self) -> None:
        self.left = _STEPS

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise undecided("whether these rules can hold together")


def _search(group: Sequence[Branches], prefix: Branch, budget: _Budget) -> Iterator[Branch]:
    if not group:
        yield prefix
        return
    for branch in group[0]:
        budget.spend()
        both = merge(prefix, branch)
        if both is not None:
            yield from _search(group[1:], both, budget)


def _members(group: Sequence[Branches]) -> Iterator[tuple[int, Branch]]:
    return ((index, branch) for index, branches in enumerate(group) for branch in branches)


def _first_with(
    group: Sequence[Branches], index: int, branch: Branch, budget: _Budget
) -> Branch | None:
    others = [branches for at, branches in enumerate(group) if at != index]
    return next(_search(others, branch, budget), None)


def _covering(groups: Sequence[Branches]) -> Iterator[tuple[Branch, ...]]:
    """All choices; where they are many, first rows in which each branch occurs."""
    if math.prod(len(group) for group in groups) > LIMIT:
        for step in range(max(len(group) for group in groups)):
            yield tuple(group[step % len(group)] for group in groups)
    yield from combinations(*groups)


def _joined(choice: Sequence[Branch]) -> Branch:
    result = EVERYTHING
    for branch in choice:
        both = merge(result, branch)
        assert both is not None, "groups share no column"
        result = both
    return result
