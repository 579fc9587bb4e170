"""Rows that tell rules apart: whether two rules of other words mean the same.

The rows are at the boundaries of both rules and at neither, and every mixture of two of them. A
constant whose change such rows may not show has to be the same in both rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from random import Random
from typing import Any

from ormthesis.core.equality import equal, hashable
from ormthesis.generation.edges import edge_values
from ormthesis.generation.pools import BranchValues
from ormthesis.rules.branch import EVERYTHING, Branch
from ormthesis.rules.combine import TooMany
from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.hidden import hidden_constants
from ormthesis.rules.rule import Rule
from ormthesis.rules.solve import Goal, boundaries, branches, breaking
from ormthesis.rules.witness import witnesses
from ormthesis.schema.types import DataType, TypeKind

Types = Mapping[str, DataType]
StoredRow = Mapping[str, Any]
Outcome = Callable[[Any], object]
"""What counts of a rule's value: whether a CHECK passes, say."""
_MIXTURES = 1000


def mean_the_same(ours: Rule, theirs: Rule, types: Types, outcome: Outcome = hashable) -> bool:
    """Whether both rules can be read and agree on all rows, which have several outcomes."""
    if ours.canonical == theirs.canonical:
        return True
    if ours.tree is None or theirs.tree is None or ours.columns != theirs.columns:
        return False
    if hidden_constants(ours.tree) != hidden_constants(theirs.tree):
        return False
    read = {name: types[name] for name in ours.columns}
    seen: set[object] = set()
    for row in _telling_rows((ours, theirs), read):
        mine = _outcome(ours, row, outcome)
        if not equal(mine, _outcome(theirs, row, outcome)):
            return False
        seen.add(mine)
    return sum(not isinstance(each, _Error) for each in seen) > 1


class _Error(str):
    """The sqlstate of an error, in place of an outcome."""


def _outcome(rule: Rule, row: StoredRow, outcome: Outcome) -> object:
    try:
        return outcome(rule.value(row))
    except EvaluationError as error:
        return _Error(error.sqlstate or "")


def _telling_rows(rules: Sequence[Rule], types: Types) -> Iterator[StoredRow]:
    """Rows for each way in which a rule is at a boundary, kept or broken; then mixtures of two."""
    ways = chain((EVERYTHING,), *(_ways(rule) for rule in rules))
    usual = BranchValues(types, EVERYTHING)
    found = [row for way in ways for row in witnesses(way, types, EdgeValues(types, way, usual))]
    found.append(dict.fromkeys(types))
    yield from found
    random = Random(0)
    for _ in range(_MIXTURES):
        first, second = random.choice(found), random.choice(found)
        yield {name: random.choice((first, second))[name] for name in types}


class EdgeValues:
    """Usual values, and those at the edges of a branch."""

    def __init__(self, types: Types, way: Branch, usual: BranchValues) -> None:
        self._types, self._way = types, way
        self._usual = usual
        self.holds, self.matching = usual.holds, usual.matching

    def values(self, column: str) -> Sequence[Any]:
        domain, data_type = self._way.domain(column), self._types[column]
        if domain.patterns:  # the search looks for them together
            domain = replace(domain, patterns=(), min_length=0, max_length=None)
        edges = [data_type.stored(value) for value in edge_values(data_type, domain)]
        return [*(domain.members or ()), *edges, *self._usual.values(column)]


def _ways(rule: Rule) -> Iterator[Branch]:
    with suppress(TooMany):
        yield from boundaries(rule)
    if rule.tree is not None and rule.tree.type.kind is TypeKind.BOOLEAN:
        yield from branches(rule, Goal.HOLDS)
        yield from breaking(rule)
