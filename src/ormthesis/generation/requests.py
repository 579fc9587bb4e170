"""One row as a user asked for it, with the rows that it needs: as a strategy of graphs."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

from hypothesis import reject
from hypothesis import strategies as st

from ormthesis.core.errors import OptionError
from ormthesis.generation.conditions import Condition
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.generation.objects import tables_of
from ormthesis.generation.row_rules import keeps_rules, kept_rules
from ormthesis.generation.rows import BranchPlan, ColumnPlan, RowPlan
from ormthesis.generation.skeleton import (
    Draw,
    Shape,
    Skeleton,
    Slot,
    Wish,
    joined,
    shape_for,
    skeletons,
)
from ormthesis.generation.wiring import renumbered
from ormthesis.rules.branch import Branch
from ormthesis.rules.domain import NOT_NULL, NULL, Domain, Nullness
from ormthesis.rules.solve import conjoin
from ormthesis.schema.constraints import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ormthesis.generation.overrides import Overrides
    from ormthesis.schema.mapping import Model
    from ormthesis.schema.model import Column, Schema, Table

_UNHASHABLE = (list, dict, set, bytearray)


def graphs_of(
    strategies: GraphStrategies, models: Iterable[Model], *, rows: tuple[int, int] = (1, 1)
) -> st.SearchStrategy[EntityGraph]:
    """`rows` objects (least and most) of each class, and those that they refer to; no others.

    Raises OptionError for a class that has no objects of its own.
    """
    models = tuple(models)
    counts = Counter(table for model in models for table in {model.table, *tables_of(model)})
    least, most = rows
    shape = _joined(
        strategies.schema, [(table, (least * n, most * n)) for table, n in counts.items()]
    )
    source = skeletons(strategies.schema, shape, patterns=strategies.patterns)
    return _filled(strategies, source.map(_Reachable(_classes(strategies.schema, models))))


def class_asked(schema: Schema, model: Model) -> str | None:
    """The class that rows of a model are to have; None where any class over its table will do.

    Raises OptionError where only subclasses with more tables have objects.
    """
    if not model.abstract:
        return model.name
    heirs = [other for other in schema.models if model.name in other.bases and not other.abstract]
    if any(tables_of(heir) == tables_of(model) for heir in heirs):
        return None
    raise OptionError(
        f"{model.name} has no objects of its own.",
        hint=f"Name one of its subclasses: {', '.join(heir.name for heir in heirs) or 'none'}.",
    )


def _classes(schema: Schema, models: Iterable[Model]) -> dict[str, tuple[str | None, ...]]:
    """Table to the classes that its rows are to have, in turns."""
    found: dict[str, tuple[str | None, ...]] = {}
    for model in models:
        found[model.table] = (*found.get(model.table, ()), class_asked(schema, model))
    return found


@st.composite
def _filled(
    draw: Draw, strategies: GraphStrategies, source: st.SearchStrategy[Skeleton]
) -> EntityGraph:
    return strategies.fill(draw, draw(source))


class RowRequest:
    """The strategy of graphs around one object with overrides; its row is the first of the class's
    table.

    Raises OptionError where fixed values and CHECKs contradict each other, and for a class that has
    no objects of its own.
    """

    def __init__(
        self,
        base: GraphStrategies,
        model: Model,
        overrides: Overrides,
        factory: st.SearchStrategy[Mapping[str, Any]] | None = None,
    ) -> None:
        self.base = base
        self.table = base.schema.by_key[model.table]
        self.overrides = overrides
        self._class = class_asked(base.schema, model)
        self._factory = None if factory is None else factory.map(self._without_nulls)
        self._checked = _checked_columns(base, self.table)
        self._coupled = {n: s for n, s in overrides.drawn.items() if n in self._checked}
        condition = self._condition(self._domains())
        if not conjoin([*condition.branch_sets(self.table), *kept_rules(self.table, base.book)]):
            raise self._contradiction()
        self._plan = self._prepared(condition)

    def graphs(self) -> st.SearchStrategy[EntityGraph]:
        values = st.fixed_dictionaries(self._coupled)
        return _requested(
            self, self._skeletons(), values.filter(self._branches) if self._coupled else values
        )

    def plan(self, drawn: Mapping[str, Any]) -> RowPlan:
        """How the row is filled once the overrides that CHECKs speak of are drawn."""
        if not drawn:
            return self._plan
        return self._plan.among(self._branches(drawn))

    def keeps(self, draft: EntityDraft) -> bool:
        return keeps_rules(self.table, self.base.book, draft.values, draft.references)

    def _prepared(self, condition: Condition) -> RowPlan:
        fixed = {name: _just(value) for name, value in self.overrides.fixed.items()}
        plan = RowPlan(
            self.table,
            self.base.book,
            overrides={**fixed, **self.overrides.drawn},
            factory=self._factory,
            condition=condition,
        )
        return plan.among(
            tuple(
                replace(branch, columns=tuple(map(self._forced, branch.columns)))
                for branch in plan.branches
            )
        )

    def _condition(self, domains: Mapping[str, Domain]) -> Condition:
        """What was given, and what makes the row one of the class."""
        classes = self.base.inheritance.classes
        if self._class is None or classes.plain:
            return _Given(domains=domains)
        own = classes.condition(self.base.schema.model(self._class), self.table.key)
        return _Given(
            not_null=own.not_null,
            null=own.null,
            equal=own.equal,
            selected=own.selected,
            domains=domains,
        )

    def _branches(self, drawn: Mapping[str, Any]) -> tuple[BranchPlan, ...]:
        """The branches that take the drawn values, and keep to them."""
        exact = {name: _exactly(self.table.by_name[name], drawn[name]) for name in drawn}
        stored = {name: self.table.by_name[name].type.stored(drawn[name]) for name in drawn}
        return tuple(
            _pinned(branch, drawn, exact)
            for branch in self._plan.branches
            if all(branch.branch.domain(name).admits(stored[name]) for name in drawn)
        )

    def _forced(self, column: ColumnPlan) -> ColumnPlan:
        forced = column.column.name in self.overrides.inferred
        return replace(column, always=True) if forced else column

    def _without_nulls(self, supplied: Mapping[str, Any]) -> Mapping[str, Any]:
        """A factory's row without the NULLs in columns that must not be NULL."""
        inferred = self.overrides.inferred
        return {n: v for n, v in supplied.items() if v is not None or n not in inferred}

    def _domains(self) -> dict[str, Domain]:
        """What CHECKs have to be solved with."""
        domains = dict.fromkeys(self.overrides.inferred, NOT_NULL)
        for name in self._checked & self.overrides.fixed.keys():
            domains[name] = _exactly(self.table.by_name[name], self.overrides.fixed[name])
        for keys, domain in ((self.overrides.present, NOT_NULL), (self.overrides.absent, NULL)):
            for key in self.table.foreign_keys:
                if key.id in keys:
                    domains.update(dict.fromkeys(key.columns, domain))
        return domains

    def _contradiction(self) -> OptionError:
        given = ", ".join(f"{name}={value!r}" for name, value in self.overrides.fixed.items())
        asked = self._domains().keys()
        checks = self.table.constraints_of(Check)
        about = [rule.sql for rule in checks if asked & set(rule.columns)]
        return OptionError(
            f"No row of {self.table.key} can be as asked{f' ({given})' if given else ''}.",
            hint=f"It has to keep CHECK ({') and CHECK ('.join(about)}).",
        )

    def _skeletons(self) -> st.SearchStrategy[Skeleton]:
        keys = [key for key in self.table.foreign_keys if key.id in self.overrides.present]
        own = 2 if any(key.is_self_reference for key in keys) else 1
        tables = [(self.table.key, (own, own)), *((key.referred_table, (1, 2)) for key in keys)]
        shape = _joined(self.base.schema, tables)
        wish = Wish(
            table=self.table.key, present=self.overrides.present, absent=self.overrides.absent
        )
        return skeletons(self.base.schema, shape, patterns=self.base.patterns, wish=wish).map(
            _First(self.table.key, self._class)
        )


@st.composite
def _requested(
    draw: Draw,
    request: RowRequest,
    source: st.SearchStrategy[Skeleton],
    values: st.SearchStrategy[Mapping[str, Any]],
) -> EntityGraph:
    skeleton = draw(source)
    plan = request.plan(draw(values))
    graph = _WithFirstRow(request.base, plan).fill(draw, skeleton)
    rows = graph.of_table(plan.table.key)
    # Rarely the row is gone, since its key could not differ from another row's, or values that
    # were drawn before the CHECKs were solved leave no way to keep one.
    if not rows or not request.keeps(rows[0]):
        reject()
    return graph


def _pinned(plan: BranchPlan, drawn: Mapping[str, Any], exact: Mapping[str, Domain]) -> BranchPlan:
    """The branch with some columns that already have their values."""
    columns = tuple(
        replace(column, strategy=_just(drawn[column.column.name]))
        if column.column.name in drawn
        else column
        for column in plan.columns
    )
    branch = replace(plan.branch, domains={**plan.branch.domains, **exact})
    return replace(plan, columns=columns, branch=branch, pool=plan.pool.within(branch))


class _WithFirstRow(GraphStrategies):
    """For one draw: the first row of a table by a plan of its own, all others as in `base`."""

    def __init__(self, base: GraphStrategies, plan: RowPlan) -> None:
        super().__init__(base.schema, base.book)
        self._base = base
        self._first: RowPlan | None = plan

    def plan(self, table: str, model: str | None = None) -> RowPlan:
        first = self._first
        if first is None or first.table.key != table:
            return self._base.plan(table, model)
        self._first = None
        return first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given(Condition):
    """Rows within domains, CHECKs solved together with them."""

    domains: Mapping[str, Domain] = field(default_factory=dict)

    def branch_sets(self, table: Table) -> list[tuple[Branch, ...]]:
        return [*Condition.branch_sets(self, table), (Branch(domains=self.domains),)]


@dataclass(frozen=True, slots=True)
class _Reachable:
    """Only the rows of some tables and those that they refer to, however indirectly."""

    classes: Mapping[str, Sequence[str | None]]
    """Table to the classes of its rows, in turns."""

    def __call__(self, skeleton: Skeleton) -> Skeleton:
        turns = {table: cycle(names) for table, names in self.classes.items()}
        slots = [
            replace(slot, model=next(turns[slot.table])) if slot.table in turns else slot
            for slot in skeleton.slots
        ]
        roots = [slot for slot in slots if slot.table in turns]
        return reachable(Skeleton(slots=tuple(slots)), roots)


@dataclass(frozen=True, slots=True)
class _First:
    """Only the first row of a table, of a class, and those that it refers to."""

    table: str
    model: str | None

    def __call__(self, skeleton: Skeleton) -> Skeleton:
        found = next((slot for slot in skeleton.slots if slot.table == self.table), None)
        if found is None:
            return Skeleton(slots=())
        root = replace(found, model=self.model)
        slots = (root if slot is found else slot for slot in skeleton.slots)
        return reachable(Skeleton(slots=tuple(slots)), [root])


def reachable(skeleton: Skeleton, roots: Iterable[Slot]) -> Skeleton:
    """The roots and what they refer to, however indirectly, numbered anew."""
    by_ref = {slot.ref: slot for slot in skeleton.slots}
    kept: set[EntityRef] = set()
    waiting = [slot.ref for slot in roots]
    while waiting:
        ref = waiting.pop()
        if ref not in kept:
            kept.add(ref)
            waiting.extend(parent for parent in by_ref[ref].references.values() if parent)
            waiting.extend(owner for owner, _ in by_ref[ref].shared.values())
    return renumbered(slot for slot in skeleton.slots if slot.ref in kept)


def _joined(schema: Schema, tables: Iterable[tuple[str, tuple[int, int]]]) -> Shape:
    """One shape with the rows of several, parents included."""
    return joined(schema, (shape_for(schema, table, rows=rows) for table, rows in tables))


def _checked_columns(strategies: GraphStrategies, table: Table) -> frozenset[str]:
    rules = (strategies.book.checks[rule.id] for rule in table.constraints_of(Check))
    return frozenset(name for rule in rules if rule.opaque is None for name in rule.columns)


def _exactly(column: Column, value: Any) -> Domain:
    if value is None:
        return NULL
    if isinstance(value, _UNHASHABLE):
        return NOT_NULL
    return Domain(null=Nullness.MUST_NOT, members=(column.type.stored(value),))


def _just(value: Any) -> st.SearchStrategy[Any]:
    """The value, a copy for each row where it can be changed."""
    return st.just(value).map(deepcopy) if isinstance(value, _UNHASHABLE) else st.just(value)
