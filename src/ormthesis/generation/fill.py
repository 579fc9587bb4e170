"""From a skeleton to a graph: values for every row, unique keys distinct over the whole graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from hypothesis import strategies as st

from ormthesis.core.equality import hashable
from ormthesis.generation.distinct import capacity, distinct_value
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef, without
from ormthesis.generation.rows import BranchPlan, Condition, Overrides, RowPlan, is_drawn
from ormthesis.generation.skeleton import Shape, Skeleton, Slot, keys_of, skeletons
from ormthesis.rules.book import RuleBook
from ormthesis.rules.branch import Branch
from ormthesis.schema.constraints import PrimaryKey, Unique
from ormthesis.schema.model import Column, Schema, Table
from ormthesis.schema.occupied import Occupied

Draw = Callable[[Any], Any]
Factories = Mapping[str, st.SearchStrategy[Mapping[str, Any]]]
"""Table key to a strategy of domain-valid values for one row."""


class GraphStrategies:
    """Graph strategies of one schema. Row plans are prepared once and kept."""

    def __init__(
        self,
        schema: Schema,
        book: RuleBook,
        *,
        factories: Factories | None = None,
        overrides: Mapping[str, Overrides] | None = None,
        conditions: Mapping[str, Condition] | None = None,
    ) -> None:
        self.schema = schema
        self.book = book
        self._factories = factories or {}
        self._overrides = overrides or {}
        self._conditions = conditions or {}
        self._plans: dict[str, RowPlan] = {}
        self._branch_plans: dict[tuple[str, ...], tuple[BranchPlan, ...]] = {}
        self._derived: dict[tuple[str, Condition], GraphStrategies] = {}
        self._keys: dict[str, tuple[_Key, ...]] = {}

    def plan(self, table: str) -> RowPlan:
        if table not in self._plans:
            self._plans[table] = RowPlan(
                self.schema.by_key[table],
                self.book,
                overrides=self._overrides.get(table),
                factory=self._factories.get(table),
                condition=self._conditions.get(table),
            )
        return self._plans[table]

    def where(self, table: str, condition: Condition) -> GraphStrategies:
        """The same strategies with rows of one table that also meet a condition."""
        if (table, condition) not in self._derived:
            self._derived[table, condition] = GraphStrategies(
                self.schema,
                self.book,
                factories=self._factories,
                overrides=self._overrides,
                conditions={**self._conditions, table: condition},
            )
        return self._derived[table, condition]

    def beside(self, schema: Schema) -> GraphStrategies:
        """The same strategies for a database that holds rows already; plans are shared."""
        found = copy(self)
        found.schema = schema
        found._derived = {}
        return found

    def branch_plans(
        self, table: str, name: tuple[str, ...], make: Callable[[], tuple[Branch, ...]]
    ) -> tuple[BranchPlan, ...]:
        """Plans for branches that are solved once and kept under a name, where a row is known."""
        key = (table, *name)
        if key not in self._branch_plans:
            plans = map(self.plan(table).plan, make())
            self._branch_plans[key] = tuple(plan for plan in plans if plan.is_possible)
        return self._branch_plans[key]

    def graphs(
        self, shape: Shape, *, focus: frozenset[str] | None = None
    ) -> st.SearchStrategy[EntityGraph]:
        """Valid graphs within a shape.

        Rows of tables outside the focus have their simplest values; without one all rows vary.
        """
        return _graphs(self, skeletons(self.schema, shape), focus)

    def filled(
        self, skeleton: Skeleton, *, focus: frozenset[str] | None = None
    ) -> st.SearchStrategy[EntityGraph]:
        """Valid graphs over one given skeleton."""
        return _graphs(self, st.just(skeleton), focus)

    def keys(self, table: str) -> tuple[_Key, ...]:
        if table not in self._keys:
            declared = self.schema.by_key[table]
            self._keys[table] = tuple(
                key
                for rule in (*keys_of(declared), *_own_key(declared))
                if (key := _key(declared, rule)) is not None
            )
        return self._keys[table]

    def fill(
        self, draw: Draw, skeleton: Skeleton, focus: frozenset[str] | None = None
    ) -> EntityGraph:
        """Values for every slot. A row whose key cannot differ from the others' is left out."""
        drafts: list[EntityDraft] = []
        used: dict[str, _Used] = {}
        spent: list[EntityRef] = []
        for slot in skeleton.slots:
            plan = self.plan(slot.table)
            varied = focus is None or slot.table in focus
            row = (plan.draw if varied else plan.draw_simplest)(draw, slot.references)
            if slot.table not in used:
                used[slot.table] = _Used(self.keys(slot.table), self.schema.occupied)
            seen = used[slot.table]
            if not seen.settle(self, plan, slot, row):
                spent.append(slot.ref)
            drafts.append(
                EntityDraft(ref=slot.ref, table=slot.table, values=row, references=slot.references)
            )
        graph = EntityGraph(drafts=tuple(drafts))
        for ref in spent:
            if ref in graph.by_ref:
                graph = without(self.schema, graph, ref)
        return graph


@st.composite
def _graphs(
    draw: Draw,
    strategies: GraphStrategies,
    source: st.SearchStrategy[Skeleton],
    focus: frozenset[str] | None,
) -> EntityGraph:
    return strategies.fill(draw, draw(source), focus)


class _Key:
    """One unique key in terms of drafts: references stand for the columns they supply."""

    def __init__(self, table: Table, rule: Unique | PrimaryKey, movable: Column) -> None:
        self.rule = rule
        self.movable = movable
        self._parts = tuple(_part(table, name) for name in rule.columns)
        self._distinct_nulls = isinstance(rule, PrimaryKey) or rule.nulls_distinct

    def entry(self, slot: Slot, row: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """What must differ between rows; None where NULLs keep it from colliding."""
        values = tuple(
            slot.references.get(name) if is_reference else hashable(row.get(name))
            for name, is_reference in self._parts
        )
        return None if self._distinct_nulls and None in values else values


class _Used:
    """The key entries and column values that rows of one table have taken."""

    def __init__(self, keys: tuple[_Key, ...], occupied: Occupied) -> None:
        self._entries: dict[str, set[tuple[Any, ...]]] = {}
        self._values: dict[str, set[Any]] = {}
        for key in keys if occupied.entries else ():
            for entry in occupied.entries.get(key.rule.id, ()):
                self._take(key, tuple(map(hashable, entry)))

    def settle(
        self, strategies: GraphStrategies, plan: RowPlan, slot: Slot, row: dict[str, Any]
    ) -> bool:
        """Make the row's keys distinct and take them. Predicates of partial keys are not asked:
        rows that differ anyway are no less valid."""
        keys = strategies.keys(slot.table)
        for key in keys:
            entry = key.entry(slot, row)
            taken = self._entries.setdefault(key.rule.id, set())
            collides = entry is not None and entry in taken
            if collides and not self._move(plan, row, key.movable):
                return False
        for key in keys:
            if (entry := key.entry(slot, row)) is not None:
                self._entries[key.rule.id].add(entry)
            stored = key.movable.type.stored(row.get(key.movable.name))
            self._values.setdefault(key.movable.name, set()).add(hashable(stored))
        return True

    def _take(self, key: _Key, entry: tuple[Any, ...]) -> None:
        """An entry of a row that exists."""
        self._entries.setdefault(key.rule.id, set()).add(entry)
        moved = entry[key.rule.columns.index(key.movable.name)]
        self._values.setdefault(key.movable.name, set()).add(key.movable.type.stored(moved))

    def _move(self, plan: RowPlan, row: dict[str, Any], column: Column) -> bool:
        """Move one value away from those taken; False where its domain is used up."""
        name = column.name
        domain = next(
            (found.domain for found in plan.branches[0].columns if found.column is column), None
        )
        value = distinct_value(column.type, row.get(name), self._values[name], domain)
        if value is None:
            return False
        row[name] = value
        return True


def _key(table: Table, rule: Unique | PrimaryKey) -> _Key | None:
    """None for keys that need no care: numbered ones, those of references alone, expressions."""
    if any(table.by_name[name].surrogate for name in rule.columns):
        return None
    drawn = [table.by_name[name] for name in rule.columns if is_drawn(table, table.by_name[name])]
    if not drawn:
        return None
    roomy = [column for column in drawn if capacity(column.type) is None]
    return _Key(table, rule, (roomy or drawn)[-1])


def _own_key(table: Table) -> tuple[Unique, ...]:
    """Rows without a primary key are told apart by what they hold, references aside: a delete may
    change those."""
    names = tuple(column.name for column in table.columns if is_drawn(table, column))
    if table.primary_key or not names:
        return ()
    return (Unique(id=f"{table.key}.row", table=table.key, columns=names, nulls_distinct=False),)


def _part(table: Table, name: str) -> tuple[str, bool]:
    """A column's own name, or the id of the foreign key that supplies it."""
    key = next((key for key in table.foreign_keys if name in key.columns), None)
    return (key.id, True) if key is not None else (name, False)
