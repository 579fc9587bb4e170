"""Row plans: how one row of a table is filled, prepared once and drawn many times.

All CHECKs of a table are solved together into branches; each branch gives every column a domain,
so a row that satisfies them is built, not filtered for. Half the rows are dense, half sparse: a
mask says which columns leave their simplest value, so that rows shrink column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.conditions import Condition
from ormthesis.generation.documents import document_strategy, simplest_document
from ormthesis.generation.drawn import is_drawn, is_left_out
from ormthesis.generation.finished import Finish, parts
from ormthesis.generation.holdable import refuses_default
from ormthesis.generation.pools import Pool
from ormthesis.generation.relations import settle
from ormthesis.generation.row_rules import (
    holding_branches,
    keeps_rules,
)
from ormthesis.generation.values import simplest_value, value_strategy
from ormthesis.rules.book import RuleBook
from ormthesis.rules.branch import Branch, Relation, of_domain
from ormthesis.rules.domain import Domain, Nullness, exactly
from ormthesis.rules.solve import conjoin
from ormthesis.schema.constraints import (
    PrimaryKey,
    Unique,
)
from ormthesis.schema.model import Column, DefaultKind, Table

Draw = Callable[[Any], Any]
Overrides = Mapping[str, st.SearchStrategy[Any]]
"""Column name to a strategy that wins over whatever is inferred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """One column within one branch. `strategy` is None where only NULL is possible."""

    column: Column
    simplest: Any
    strategy: st.SearchStrategy[Any] | None
    domain: Domain | None
    always: bool = False
    """Drawn even in a sparse row: overridden."""
    base: st.SearchStrategy[Any] | None = field(init=False)
    finish: Finish | None = field(init=False)

    def __post_init__(self) -> None:
        found = (None, None) if self.strategy is None else parts(self.strategy)
        object.__setattr__(self, "base", found[0])
        object.__setattr__(self, "finish", found[1])

    def value(self, draw: Draw) -> Any:
        """A drawn value of a column that may have one."""
        value = draw(self.base)
        return value if self.finish is None else self.finish(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPlan:
    columns: tuple[ColumnPlan, ...]
    relations: tuple[Relation, ...]
    branch: Branch
    pool: Pool

    @property
    def is_possible(self) -> bool:
        """Whether rows of the branch are known: a column may have no value in its domain, and a
        search for rows may have found none."""
        return self.pool.is_possible and not any(
            column.simplest is None and column.strategy is not None and column.strategy.is_empty
            for column in self.columns
            if self.branch.domain(column.column.name).null is Nullness.MUST_NOT
        )


DENSITIES = st.integers(0, 2)  # sparse, masked, dense
# Hypothesis draws small ones of larger integers more often: then most rows would be sparse.
_LARGEST_JOINT_DRAW = 1 << 23
BOOLEANS = st.booleans()


class RowPlan:
    """Draws rows of one table. References and numbered keys are not its business."""

    def __init__(
        self,
        table: Table,
        book: RuleBook,
        *,
        overrides: Overrides | None = None,
        factory: st.SearchStrategy[Mapping[str, Any]] | None = None,
        condition: Condition | None = None,
    ) -> None:
        self.table = table
        self.book = book
        self.overrides = overrides or {}
        self.factory = factory
        self.fixed = condition.fixed if condition is not None else frozenset()
        self._known: Mapping[str, Any] = {}
        self._knowing: dict[tuple[tuple[str, Any], ...], RowPlan] = {}
        self._pinned: dict[tuple[Any, ...], tuple[BranchPlan, BranchPlan]] = {}
        self.columns = tuple(
            column
            for column in table.columns
            if is_drawn(table, column) and not is_left_out(table, column)
        )
        plans = tuple(self.plan(branch) for branch in holding_branches(table, book, condition))
        self.branches = tuple(plan for plan in plans if plan.is_possible) or plans
        self._pick = st.integers(0, max(len(self.branches) - 1, 0))
        count = 1 << len(self.columns)
        self._masks = st.integers(0, count - 1)
        self._joint = st.integers(0, 8 * count - 1) if 8 * count <= _LARGEST_JOINT_DRAW else None

    def among(self, branches: tuple[BranchPlan, ...]) -> RowPlan:
        """The same with other branches."""
        found = copy(self)
        found.branches, found._knowing = branches, {}
        found._pick = st.integers(0, max(len(branches) - 1, 0))
        return found

    def knowing(self, known: Mapping[str, Any]) -> RowPlan:
        """The same for a row of which values are known that others give it, as stored: what a CHECK
        wants of the drawn ones beside them."""
        names = self._coupled(known, [plan.branch for plan in self.branches])
        values = tuple((name, known[name]) for name in names)
        if values and values not in self._knowing:
            found = copy(self)
            found._known = dict(values)
            plans = tuple(pin for plan in self.branches for pin in found._pins(plan))
            self._knowing[values] = found.among(plans) if plans else self
        return self._knowing[values] if values else self

    def _coupled(self, known: Mapping[str, Any], branches: Iterable[Branch]) -> list[str]:
        """Those of the known columns that a rule of a branch reads beside a drawn one."""
        drawn = {column.name for column in self.columns}
        together = [
            names
            for branch in branches
            for names in (
                *({relation.left, relation.right} for relation in branch.relations),
                *(set(rule.columns) for rule in branch.residual),
            )
            if not drawn.isdisjoint(names)
        ]
        return [name for name in known if any(name in names for names in together)]

    def _pins(self, plan: BranchPlan) -> Iterator[BranchPlan]:
        """The plans of a branch for the known values."""
        known = [(of_domain(name, exactly(value)),) for name, value in self._known.items()]
        for branch in conjoin([(plan.branch,), *known]):
            if (found := self.plan(branch)).is_possible:
                yield found

    def draw(self, draw: Draw, references: Mapping[str, Any]) -> dict[str, Any]:
        """One row's values, by column name."""
        fitting = self._fitting(references)
        index = draw(self._pick) % len(fitting) if len(self.branches) > 1 else 0
        row = self._fill(draw, fitting[index])
        if self.factory is not None and draw(BOOLEANS):
            row = self._mixed(row, draw(self.factory), references)
        return row

    def draw_simplest(self, draw: Draw, references: Mapping[str, Any]) -> dict[str, Any]:
        """A row that only has to exist: nothing is drawn but what has no simplest value."""
        return self._filled(draw, self._fitting(references)[0], 0)

    def draw_branch(self, draw: Draw, plan: BranchPlan, row: Mapping[str, Any]) -> dict[str, Any]:
        """New values for the columns that a branch speaks of, to be put over an existing row.

        A value that the branch allows stays. Columns of references can only become NULL.
        """
        plan = self._beside(plan, row)
        changes: dict[str, Any] = {}
        drawn = {column.column.name: column for column in plan.columns}
        for name in sorted(plan.branch.columns):
            column, domain = drawn.get(name), plan.branch.domain(name)
            if domain.null is Nullness.MUST:
                changes[name] = None
            elif column is not None and column.strategy is not None:
                kept = domain.admits(column.column.type.stored(row[name]))
                keeps = kept and domain.null is Nullness.ANY
                changes[name] = row[name] if keeps else column.value(draw)
        for relation in plan.relations:
            settle(relation, changes, plan.branch)
        changes.update(self._own(plan.pool.settled(draw, {**row, **changes})))
        changes.update(self._number(draw, plan.branch, row))
        return changes

    def _number(self, draw: Draw, branch: Branch, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Another number for the row, where the branch asks for one and for nothing beside it."""
        columns = [column for column in self.table.columns if column.surrogate]
        names = {column.name for column in columns}
        changes = {
            column.name: draw(value_strategy(column.type, branch.domain(column.name)))
            for column in columns
            if not branch.domain(column.name).admits(row.get(column.name))
        }
        alone = [rule for rule in branch.residual if set(rule.columns) <= names]
        if not alone:
            return changes
        pool = Pool(replace(branch, residual=tuple(alone), relations=()), columns, frozenset())
        return {**changes, **pool.settled(draw, {**row, **changes})}

    def _beside(self, plan: BranchPlan, row: Mapping[str, Any]) -> BranchPlan:
        """The branch for the numbers that a row has from others; as it is where that has none."""
        numbers = {
            name: value
            for name, value in row.items()
            if isinstance(value, int) and not is_drawn(self.table, self.table.by_name[name])
        }
        known = {name: numbers[name] for name in self._coupled(numbers, [plan.branch])}
        key = (id(plan), *known.items())
        if known and key not in self._pinned:
            found = copy(self)
            found._known = known
            self._pinned[key] = plan, next(found._pins(plan), plan)
        return self._pinned[key][1] if known else plan

    def plan(self, branch: Branch) -> BranchPlan:
        """Strategies for every drawn column within one branch."""
        known = tuple(self.table.by_name[name] for name in self._known)
        pool = Pool(branch, (*self.columns, *known), frozenset(self.overrides))
        columns = tuple(self._column(column, pool) for column in self.columns)
        return BranchPlan(
            columns=columns, relations=tuple(branch.relations), branch=branch, pool=pool
        )

    def _fitting(self, references: Mapping[str, Any]) -> Sequence[BranchPlan]:
        """The branches that agree with which references are NULL."""
        if len(self.branches) == 1:
            return self.branches
        found = [plan for plan in self.branches if _agrees(plan.branch, self.table, references)]
        return found or self.branches

    def _fill(self, draw: Draw, plan: BranchPlan) -> dict[str, Any]:
        return self._filled(draw, plan, self._mask(draw))

    def _mask(self, draw: Draw) -> int:
        """No bit, drawn bits or all bits, each as often as the others; one draw where it can be."""
        if self._joint is not None:
            drawn, density = divmod(draw(self._joint), 8)
            return (0, drawn, -1, drawn, -1, drawn, -1, 0)[density]
        mask = (0, None, -1)[draw(DENSITIES)]
        return draw(self._masks) if mask is None else mask

    def _filled(self, draw: Draw, plan: BranchPlan, mask: int) -> dict[str, Any]:
        """A row in which the columns whose bit is set leave their simplest value."""
        row: dict[str, Any] = {}
        for bit, column in enumerate(plan.columns):
            chosen = column.always or mask >> bit & 1
            row[column.column.name] = (
                column.value(draw) if chosen and column.strategy is not None else column.simplest
            )
        for relation in plan.relations:
            settle(relation, row, plan.branch)
        row.update(self._own(plan.pool.settled(draw, {**self._known, **row})))
        return row

    def _own(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without those that others give the row."""
        return {n: v for n, v in values.items() if is_drawn(self.table, self.table.by_name[n])}

    def _mixed(
        self, row: dict[str, Any], supplied: Mapping[str, Any], references: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The factory's values where the whole row then keeps its rules, else the row as it was."""
        known = {
            name: value
            for name, value in supplied.items()
            if name in row and name not in self.fixed
        }
        mixed = {**row, **known}
        mixed.update({name: row[name] for name in self.overrides if name in row})
        return mixed if keeps_rules(self.table, self.book, mixed, references) else row

    def _column(self, column: Column, pool: Pool) -> ColumnPlan:
        domain = pool.branch.domains.get(column.name)
        override = self.overrides.get(column.name)
        must_be_null = domain is not None and domain.null is Nullness.MUST
        nullable = column.nullable and (domain is None or domain.null is not Nullness.MUST_NOT)
        strategy = None
        if override is not None:
            strategy = override
        elif column.name in pool.shaped:
            strategy = pool.strategy(column.name)
        elif not must_be_null:
            strategy = column_strategy(self.table, column, domain)
        simplest = None
        if not (nullable or must_be_null):
            simplest = (
                pool.simplest(column.name)
                if column.name in pool.shaped
                else _simplest(column, domain)
            )
        return ColumnPlan(
            column=column,
            simplest=simplest,
            strategy=strategy,
            domain=domain,
            always=override is not None,
        )


def column_strategy(
    table: Table, column: Column, domain: Domain | None
) -> st.SearchStrategy[Any] | None:
    """Values that are not NULL, from the JSON Schema where one is declared.

    None where the type has no strategy and the column can stay NULL or at its scalar default.
    Raises UnsupportedTypeError where it cannot.
    """
    if column.json_schema is not None:
        return document_strategy(column.json_schema)
    try:
        return value_strategy(column.type, domain, indexed=is_indexed(table, column))
    except UnsupportedTypeError as error:
        if column.nullable or _constant(column) is not None:
            return None
        raise UnsupportedTypeError(f"{column}: {error.message}", hint=error.hint) from error


def is_indexed(table: Table, column: Column) -> bool:
    """Whether a key of the table holds the column: PostgreSQL bounds the size of its entries."""
    return any(
        column.name in rule.columns
        for rule in table.constraints
        if isinstance(rule, (PrimaryKey, Unique))
    )


def _simplest(column: Column, domain: Domain | None) -> Any:
    """The declared default where it is plain, else what the strategy shrinks to."""
    if column.json_schema is not None:
        return simplest_document(column.json_schema)
    value = _constant(column)
    if value is not None and (domain is None or domain.admits(column.type.stored(value))):
        return value
    return simplest_value(column.type, domain)


def _constant(column: Column) -> Any:
    """The model's scalar default, None where it has none that its own type takes."""
    default = column.default
    if default is None or default.kind is not DefaultKind.SCALAR or refuses_default(column):
        return None
    return default.value


def _agrees(branch: Branch, table: Table, references: Mapping[str, Any]) -> bool:
    """Whether the branch wants those columns of references NULL that are."""
    keys = [key for key in table.foreign_keys if references.get(key.id) is not None]
    filled = {name for key in keys for name in key.columns} | table.loose_columns
    for name in table.foreign_key_columns:
        domain = branch.domains.get(name)
        wrong = Nullness.MUST if name in filled else Nullness.MUST_NOT
        if domain is not None and domain.null is wrong:
            return False
    return True
