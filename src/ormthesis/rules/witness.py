"""Rows within a branch whose rules no domain says: found by local search, once, then drawn from.

The search starts from rows of candidate values and repairs what is broken, one column at a time,
with changes that the expressions propose (see `proposals`). It is deterministic. A witness is
evaluated before it is kept, so a proposal can never make a row that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from ormthesis.rules.branch import Branch, Relation, shifted
from ormthesis.rules.comparison import compare
from ormthesis.rules.domain import Domain, Nullness
from ormthesis.rules.inverse_values import as_type
from ormthesis.rules.patterns import Matcher, Trust
from ormthesis.rules.proposals import Candidates, Goal, Move, Proposer, beside, flattened
from ormthesis.rules.rule import Rule
from ormthesis.rules.sql_types import INTEGER
from ormthesis.rules.tree import Call, ColumnRef, Literal, Truths, column_names
from ormthesis.schema.types import DataType

Witness = Mapping[str, Any]
"""Stored values of the columns that the search is about."""

WITNESSES = 24
"""Rows kept for a branch, at most."""
_TRUE_OR_NULL: Truths = frozenset({True, None})
_STARTS = 48
_STEPS = 60
_TRIED = 10
"""Moves evaluated at each step."""


def witnesses(
    branch: Branch, types: Mapping[str, DataType], candidates: Candidates
) -> tuple[Witness, ...]:
    """Values for the columns in `types`, within the branch; rules that read others are left out.

    The first one is the simplest. Empty where none was found, which proves nothing.
    """
    search = _Search(branch, types, candidates)
    found: dict[str, Witness] = {}
    for start in range(_STARTS):
        row = search.run(start)
        if row is None:
            if start >= _STARTS // 4 and not found:
                break
            continue
        if not found:
            row = search.simplified(row)
        found.setdefault(repr(sorted(row.items())), row)
        if len(found) == WITNESSES:
            break
    return tuple(found.values())


def searched_columns(branch: Branch, types: Mapping[str, DataType]) -> tuple[str, ...]:
    """The columns of the branch's relations and residual rules that may be set."""
    sides = {side for relation in branch.relations for side in (relation.left, relation.right)}
    read = {name for rule in branch.residual for name in rule.columns}
    return tuple(name for name in types if name in sides | read)


class _Search:
    def __init__(
        self, branch: Branch, types: Mapping[str, DataType], candidates: Candidates
    ) -> None:
        self.branch = branch
        self.types = types
        self.columns = tuple(types)
        self.domains = {name: branch.domain(name) for name in types}
        self.proposer = Proposer(candidates)
        known = set(self.columns)
        sampled = [r for r in branch.residual if r.sample and set(r.columns) <= known]
        self.fixed = frozenset(name for rule in sampled for name in rule.columns)
        self.samples = [self._sampled_rows(group) for group in _coupled(sampled)]
        self.goals: list[Goal | Relation] = [
            goal
            for rule in branch.residual
            if rule.tree is not None
            for goal in flattened((rule.tree, frozenset({True})))
            if column_names(goal[0]) <= known
        ]
        self.goals += [r for r in branch.relations if {r.left, r.right} <= known]
        for name, data_type in types.items():
            if self.domains[name].patterns:
                self.goals += _shape(name, data_type, self.domains[name])
                self.domains[name] = _without_shape(self.domains[name])
        self.starts = {name: self._values(name) for name in self.columns}

    def run(self, start: int) -> Witness | None:
        """A row that reaches every goal, from one starting point."""
        random = Random(start)
        row = {
            name: (values[0] if start == 0 else random.choice(values)) if values else None
            for name, values in self.starts.items()
        }
        for rows in self.samples:
            if not rows:
                return None
            row.update(rows[start] if start < len(rows) else random.choice(rows))
        for _ in range(_STEPS):
            broken = [goal for goal in self.goals if not self._reached(goal, row)]
            if not broken:
                return row if self._within(row) else None
            move = self._move(random, random.choice(broken), row, len(broken))
            if move is not None:
                row = {**row, move[0]: move[1]}
        return None

    def _sampled_rows(self, rules: Sequence[Rule]) -> list[Witness]:
        """Values of the columns of sampled rules that meet all of these rules, each once."""
        names = {name for rule in rules for name in rule.columns}
        rows = [row for rule in rules[:1] if rule.sample for row in rule.sample.rows]
        found = [
            {name: row.get(name) for name in self.columns if name in names}
            for row in rows
            if all(rule.selects(row) for rule in rules)
            and all(self.domains[name].admits(row.get(name)) for name in names)
        ]
        return list({repr(row): row for row in found}.values())

    def simplified(self, row: Witness) -> Witness:
        """Each column at its simplest value where the goals stay reached."""
        best = dict(row)
        for name, values in self.starts.items():
            if values and name not in self.fixed:
                simpler = {**best, name: values[0]}
                if all(self._reached(goal, simpler) for goal in self.goals):
                    best = simpler
        return best

    def _values(self, column: str) -> list[Any]:
        """Where a search may start: NULL first where it may be, since it is the simplest."""
        domain = self.domains[column]
        known = [v for v in self.proposer.candidates.values(column) if domain.admits(v)]
        return [None, *known] if domain.admits(None) else known

    def _within(self, row: Witness) -> bool:
        return all(self.branch.domain(name).admits(value) for name, value in row.items())

    def _admits(self, move: Move) -> bool:
        name, value = move
        if name not in self.starts or name in self.fixed or not self.domains[name].admits(value):
            return False
        return value is None or self.proposer.candidates.holds(name, value)

    def _reached(self, goal: Goal | Relation, row: Witness) -> bool:
        if isinstance(goal, Relation):
            return goal.holds(row)
        return self.proposer.reached(goal, row)

    def _move(
        self, random: Random, goal: Goal | Relation, row: Witness, broken: int
    ) -> Move | None:
        moves = [m for m in self._proposed(goal, row) if self._admits(m) and row[m[0]] != m[1]]
        columns = sorted(_columns(goal) & set(self.columns) - self.fixed)
        if not columns:
            return None
        if not moves or random.random() < 0.1:
            name = random.choice(columns)
            return (name, random.choice(self.starts[name])) if self.starts[name] else None
        random.shuffle(moves)
        scored = [(self._left({**row, n: v}), at) for at, (n, v) in enumerate(moves[:_TRIED])]
        least, at = min(scored)
        if least > broken and random.random() < 0.5:
            return random.choice(moves)
        return moves[at]

    def _left(self, row: Witness) -> int:
        return sum(not self._reached(goal, row) for goal in self.goals)

    def _proposed(self, goal: Goal | Relation, row: Witness) -> Iterator[Move]:
        if not isinstance(goal, Relation):
            yield from self.proposer.moves(goal, row)
            return
        for relation in (goal, goal.mirrored()):
            yield from self._related(relation, row)

    def _related(self, relation: Relation, row: Witness) -> Iterator[Move]:
        other = row[relation.right]
        if other is None:
            return
        try:
            place = shifted(other, relation.offset, relation.kind)
        except (OverflowError, ValueError):
            return
        for beyond in beside(relation.op, place):
            for value in as_type(beyond, self.types[relation.left]):
                yield relation.left, value


def _coupled(rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules, grouped by shared columns."""
    groups: list[list[Rule]] = []
    for rule in rules:
        near = [g for g in groups if any(set(rule.columns) & set(r.columns) for r in g)]
        groups = [g for g in groups if g not in near]
        groups.append([rule, *(other for group in near for other in group)])
    return groups


def _shape(name: str, data_type: DataType, domain: Domain) -> Iterator[Goal]:
    """A text's patterns and lengths as goals, which have to be reached together."""
    column = ColumnRef(name=name, type=data_type)
    accepted: Truths = frozenset({True}) if domain.null is Nullness.MUST_NOT else _TRUE_OR_NULL
    for pattern in domain.patterns:
        matcher = Matcher(regex=re.compile(pattern), witness=pattern, trust=Trust.ALWAYS, sql="")
        yield Call(name="match", args=(column,), function=matcher), accepted
    length = Call(name="length", args=(column,), type=INTEGER, function=len)
    for op, size in ((">=", domain.min_length), ("<=", domain.max_length)):
        if size is not None:
            yield compare(op, length, Literal(value=size, type=INTEGER)), accepted


def _without_shape(domain: Domain) -> Domain:
    return replace(domain, patterns=(), min_length=0, max_length=None)


def _columns(goal: Goal | Relation) -> set[str]:
    if isinstance(goal, Relation):
        return {goal.left, goal.right}
    return column_names(goal[0])
