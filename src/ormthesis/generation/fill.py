"""From a skeleton to a graph: values for every row, unique keys distinct over the whole graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.conditions import Condition
from ormthesis.generation.entries import Key, own_key, unique_key
from ormthesis.generation.excluding import exclusion_key
from ormthesis.generation.graph import (
    EntityDraft,
    EntityGraph,
    EntityRef,
    Resolver,
    Row,
    graph_keys,
    without,
)
from ormthesis.generation.inheritance import Inheritance
from ormthesis.generation.mending import Mending
from ormthesis.generation.numbered import (
    kept_numbers,
    known_values,
    numbering,
    with_kept_numbers,
)
from ormthesis.generation.row_rules import meeting_branches
from ormthesis.generation.rows import BranchPlan, Overrides, RowPlan
from ormthesis.generation.settling import Used
from ormthesis.generation.skeleton import Shape, skeletons
from ormthesis.generation.wiring import Pattern, Skeleton, Slot, keys_of
from ormthesis.rules.book import RuleBook
from ormthesis.rules.branch import Branch
from ormthesis.rules.domain import Nullness
from ormthesis.schema.constraints import Exclusion
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Schema

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
        self._plans: dict[tuple[str, str | None], RowPlan] = {}
        self._feasible: dict[str, bool] = {}
        self.inheritance = Inheritance(schema, self._is_feasible)
        self._branch_plans: dict[tuple[str, ...], tuple[BranchPlan, ...]] = {}
        self._derived: dict[tuple[str, Condition], GraphStrategies] = {}
        self._keys: dict[str, tuple[Key, ...]] = {}
        self._numbering: dict[str, Mapping[str, str]] = {}
        self._patterns: dict[str, tuple[Pattern, ...]] = {}

    def plan(self, table: str, model: str | None = None) -> RowPlan:
        """How rows of a table are filled; with `model` those of that class's objects."""
        if (table, model) not in self._plans:
            self._plans[table, model] = RowPlan(
                self.schema.by_key[table],
                self.book,
                overrides=self._overrides.get(table),
                factory=self._factories.get(table),
                condition=self._condition(table, model),
            )
        return self._plans[table, model]

    def _condition(self, table: str, model: str | None) -> Condition | None:
        """What was asked of the table's rows, and what the class asks of its own."""
        asked = self._conditions.get(table)
        if model is None:
            return asked
        own = self.inheritance.classes.condition(self.schema.model(model), table)
        return own if asked is None else asked & own

    def _is_feasible(self, model: Model) -> bool:
        """Whether some row of each of the class's tables keeps the condition and every CHECK."""
        if model.name not in self._feasible:
            self._feasible[model.name] = all(
                bool(meeting_branches(self.schema.by_key[part.table], self.book, condition))
                for part in model.parts
                if (condition := self._condition(part.table, model.name)) is not None
            )
        return self._feasible[model.name]

    def where(self, table: str, condition: Condition) -> GraphStrategies:
        """The same strategies with rows of one table that also meet a condition."""
        if (table, condition) not in self._derived:
            self._derived[table, condition] = GraphStrategies(
                self.schema,
                self.book,
                factories=self._factories,
                overrides=self._overrides,
                conditions={**self._conditions, table: self._also(table, condition)},
            )
        return self._derived[table, condition]

    def beside(self, schema: Schema) -> GraphStrategies:
        """The same strategies for a database that holds rows already; plans are shared."""
        found = copy(self)
        found.schema = schema
        found._derived = {}
        found.__dict__.pop("_kept_numbers", None)
        return found

    def _also(self, table: str, condition: Condition) -> Condition:
        """The condition together with the one that rows of the table have to meet already."""
        before = self._conditions.get(table)
        return condition if before is None else before & condition

    def with_rules(self, book: RuleBook) -> GraphStrategies:
        """The same strategies for other rules."""
        return GraphStrategies(
            self.schema,
            book,
            factories=self._factories,
            overrides=self._overrides,
            conditions=self._conditions,
        )

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
        return _graphs(self, skeletons(self.schema, shape, patterns=self.patterns), focus)

    def filled(
        self, skeleton: Skeleton, *, focus: frozenset[str] | None = None
    ) -> st.SearchStrategy[EntityGraph]:
        """Valid graphs over one given skeleton."""
        return _graphs(self, st.just(skeleton), focus)

    def patterns(self, table: str) -> tuple[Pattern, ...]:
        """Which references of a row can be NULL together, as its CHECKs have it."""
        if table not in self._patterns:
            declared = self.schema.by_key[table]
            names = [n for n in declared.foreign_key_columns if declared.by_name[n].nullable]
            condition = self._conditions.get(table, Condition())
            found = [
                _pattern(plan.branch, names, condition.not_null)
                for plan in self.plan(table).branches
            ]
            self._patterns[table] = tuple(dict.fromkeys(found))
        return self._patterns[table]

    def keys(self, table: str) -> tuple[Key, ...]:
        if table not in self._keys:
            declared, elements = self.schema.by_key[table], self.book.elements
            models = self.schema.models_of.get(table, ())
            identity = {name for model in models for name in model.key}
            unique = (*keys_of(declared), *own_key(declared, identity))
            found = [unique_key(declared, rule, elements.get(rule.id, {})) for rule in unique]
            found += [
                exclusion_key(declared, rule, elements.get(rule.id, {}))
                for rule in declared.constraints_of(Exclusion)
            ]
            self._keys[table] = tuple(key for key in found if key is not None)
        return self._keys[table]

    def numbering(self, table: str) -> Mapping[str, str]:
        """Columns that hold numbers of rows, to the tables of these."""
        if table not in self._numbering:
            self._numbering[table] = numbering(self.schema, self.schema.by_key[table])
        return self._numbering[table]

    @cached_property
    def _kept_numbers(self) -> Mapping[str, Sequence[int]]:
        """Label of a table in which not every number keeps the CHECKs to those that do."""
        found = {t.label: kept_numbers(self.schema, self.book, t) for t in self.schema.tables}
        return {label: kept for label, kept in found.items() if kept is not None}

    def fill(
        self, draw: Draw, skeleton: Skeleton, focus: frozenset[str] | None = None
    ) -> EntityGraph:
        """Values for every slot. A row whose key cannot differ from the others' is left out."""
        skeleton = with_kept_numbers(skeleton, self._kept_numbers)
        filling = _Filling(self, self.inheritance.classified(draw, skeleton))
        for slot in self._in_order(filling.skeleton.slots):
            varied = focus is None or slot.table in focus
            filling.add(draw, slot, varied=varied)
        return filling.graph()

    def _in_order(self, slots: Sequence[Slot]) -> Sequence[Slot]:
        """Rows from which others have values in a circle come first."""
        tables = self.schema.by_key
        return sorted(slots, key=lambda slot: bool(slot.shared) or not tables[slot.table].circular)


@st.composite
def _graphs(
    draw: Draw,
    strategies: GraphStrategies,
    source: st.SearchStrategy[Skeleton],
    focus: frozenset[str] | None,
) -> EntityGraph:
    return strategies.fill(draw, draw(source), focus)


def _pattern(branch: Branch, names: Iterable[str], wanted: frozenset[str]) -> Pattern:
    """`wanted` are columns that are not NULL where the branch leaves it open."""
    nulls = {name: branch.domain(name).null for name in names}
    null = frozenset(name for name, null in nulls.items() if null is Nullness.MUST)
    filled = {name for name, null in nulls.items() if null is Nullness.MUST_NOT}
    return Pattern(null=null, filled=frozenset(filled | (wanted & nulls.keys()) - null))


class _Filling:
    """The rows of one skeleton as they get their values."""

    def __init__(self, strategies: GraphStrategies, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self._strategies = strategies
        self._schema = strategies.schema
        self._drafts: dict[EntityRef, EntityDraft] = {}
        self._used: dict[str, Used] = {}
        self._spent: list[EntityRef] = []
        self._left = Counter(slot.table for slot in skeleton.slots)
        self._referred = _referred(self._schema, skeleton)
        self._keys = graph_keys(self._schema)
        self._resolver = Resolver(self._schema, self._drafts, self._keys)

    def add(self, draw: Draw, slot: Slot, *, varied: bool) -> None:
        plan = self._plan(slot)
        row = (plan.draw if varied else plan.draw_simplest)(draw, slot.references)
        for name, (owner, column) in slot.shared.items():
            row[name] = self._drafts[owner].values.get(column)
        draft = EntityDraft(ref=slot.ref, table=slot.table, values=row, references=slot.references)
        self._drafts[slot.ref] = draft
        keys = self._strategies.keys(slot.table)
        if slot.table not in self._used:
            self._used[slot.table] = Used(keys, self._schema.occupied)
        self._left[slot.table] -= 1
        last = not self._left[slot.table]
        used = self._used[slot.table]
        if not used.settle(keys, plan, slot, row, self._full(draft), last=last):
            self._spent.append(slot.ref)

    def graph(self) -> EntityGraph:
        drafts = (self._drafts[slot.ref] for slot in self.skeleton.slots)
        graph = EntityGraph(drafts=tuple(drafts))
        for ref in self._spent:
            if ref in graph.by_ref:
                graph = without(self._schema, graph, ref)
        return Mending(self._schema, self._strategies.book).mended(graph)

    def _plan(self, slot: Slot) -> RowPlan:
        """What another row refers to is not NULL."""
        strategies = self._strategies
        if names := self._referred.get(slot.ref):
            strategies = strategies.where(slot.table, Condition(not_null=frozenset(names)))
        columns = self._strategies.numbering(slot.table)
        known = known_values(self._schema, slot, columns, self._keys)
        return strategies.plan(slot.table, slot.model).knowing(known)

    def _full(self, draft: EntityDraft) -> Row:
        """The row with its references' values; rows that are not filled yet stand for theirs."""
        return self._resolver.row(draft)


def _referred(schema: Schema, skeleton: Skeleton) -> dict[EntityRef, set[str]]:
    """Nullable columns of rows that references need."""
    found: dict[EntityRef, set[str]] = {}
    for slot in skeleton.slots:
        for key in schema.by_key[slot.table].foreign_keys:
            parent = slot.references.get(key.id)
            if parent is not None:
                columns = schema.by_key[key.referred_table].by_name
                names = {name for name in key.referred_columns if columns[name].nullable}
                if names:
                    found.setdefault(parent, set()).update(names)
    return found
