"""Rows not yet persisted, as pure data.

A draft names its parents by `EntityRef`, never by key: sequences are not rolled back, so keys are
known only where the graph is written. `resolve` turns a graph into rows once keys are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ormthesis.schema.model import Schema, Table

Row = dict[str, Any]
"""Column name to Python value (an enum member, not its label); None is SQL NULL."""


@dataclass(frozen=True, slots=True, order=True)
class EntityRef:
    """A graph-local label such as `agent#0`; `entity` is the table's label."""

    entity: str
    index: int

    def __str__(self) -> str:
        return f"{self.entity}#{self.index}"

    @classmethod
    def parse(cls, text: str) -> EntityRef:
        entity, _, index = text.rpartition("#")
        return cls(entity, int(index))


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDraft:
    """One row to be.

    `values` holds every column that is neither numbered by the database, nor computed, nor part
    of a foreign key; a column left out is left to its default. A column of a key is there too
    where it needs a value and may have no parent. `references` maps foreign-key ids to parents;
    None, or an absent key, is a NULL reference.
    """

    ref: EntityRef
    table: str
    values: Mapping[str, Any]
    references: Mapping[str, EntityRef | None]

    def with_value(self, column: str, value: Any) -> EntityDraft:
        return replace(self, values={**self.values, column: value})

    def with_reference(self, key: str, parent: EntityRef | None) -> EntityDraft:
        return replace(self, references={**self.references, key: parent})

    def renamed(self, names: Mapping[EntityRef, EntityRef]) -> EntityDraft:
        """The same row where rows have other labels."""
        references = {key: ref and names[ref] for key, ref in self.references.items()}
        return replace(self, ref=names[self.ref], references=references)

    @property
    def parents(self) -> Iterator[EntityRef]:
        return (ref for ref in self.references.values() if ref is not None)


@dataclass(frozen=True, kw_only=True)
class EntityGraph:
    """Drafts in the order in which they are written.

    A reference to a later draft (a cycle) is closed by an update after all are written; a
    reference to itself is written at once. Not slotted: the lookup is cached.
    """

    drafts: tuple[EntityDraft, ...]

    @cached_property
    def by_ref(self) -> Mapping[EntityRef, EntityDraft]:
        return {draft.ref: draft for draft in self.drafts}

    @cached_property
    def position(self) -> Mapping[EntityRef, int]:
        return {draft.ref: index for index, draft in enumerate(self.drafts)}

    def of_table(self, table: str) -> tuple[EntityDraft, ...]:
        return tuple(draft for draft in self.drafts if draft.table == table)

    def replace(self, draft: EntityDraft) -> EntityGraph:
        return EntityGraph(
            drafts=tuple(draft if old.ref == draft.ref else old for old in self.drafts)
        )

    def is_late(self, draft: EntityDraft, parent: EntityRef) -> bool:
        """Whether the reference has to wait until the parent is written."""
        return self.position[parent] > self.position[draft.ref]

    @cached_property
    def late(self) -> tuple[tuple[EntityDraft, str, EntityRef], ...]:
        """References to later rows: the draft, the key and the parent."""
        return tuple(
            (draft, key, parent)
            for draft in self.drafts
            for key, parent in draft.references.items()
            if parent is not None and self.is_late(draft, parent)
        )

    def __len__(self) -> int:
        return len(self.drafts)


Path = tuple[tuple["EntityDraft", str], ...]
"""Columns of rows, each of which holds what the next one holds."""

KeySource = Callable[[EntityRef], int]
"""The number that the database gives, or is given, as the key of a row."""


def resolve(schema: Schema, graph: EntityGraph, keys: KeySource) -> dict[EntityRef, Row]:
    """Every draft as a full row: references replaced by the parents' key values.

    Columns that a draft leaves to a default are absent. References are followed to any depth,
    since a referred column may itself be part of a foreign key.
    """
    resolver = Resolver(schema, graph.by_ref, keys)
    return {draft.ref: resolver.row(draft) for draft in graph.drafts}


@dataclass(frozen=True, slots=True)
class Resolver:
    """Follows references among drafts. A row that is not among them stands for its own values."""

    schema: Schema
    drafts: Mapping[EntityRef, EntityDraft]
    keys: KeySource

    def row(self, draft: EntityDraft) -> Row:
        table = self.schema.by_key[draft.table]
        row: Row = {}
        for column in table.columns:
            known = column.name in draft.values or column.surrogate
            if known or column.name in table.foreign_key_columns:
                row[column.name] = self.value(draft, table, column.name)
        return row

    def value(self, draft: EntityDraft, table: Table, column: str, path: Path = ()) -> Any:
        """One column's value, through the first reference that covers it and leads to a draft.

        `path` led here; where references lead back to it, they say nothing about the value.
        """
        if column not in table.foreign_key_columns and column in draft.values:
            return draft.values[column]
        absent: EntityRef | None = None
        for key in table.foreign_keys:
            parent = draft.references.get(key.id)
            if parent is None or column not in key.columns:
                continue
            referred = key.referred_columns[key.columns.index(column)]
            if parent == draft.ref and referred == column:
                continue
            owner = self.drafts.get(parent)
            if owner is None:  # another reference may lead to a row that is filled already
                absent = absent or parent
                continue
            path = (*path, (draft, column))
            if (owner, referred) in path:
                return self._of_circle(path)
            return self.value(owner, self.schema.by_key[owner.table], referred, path)
        if absent is not None and column not in table.circular:
            return absent
        return self._own(draft, column)

    def _own(self, draft: EntityDraft, column: str) -> Any:
        if column in draft.values:
            return draft.values[column]
        surrogate = self.schema.by_key[draft.table].by_name[column].surrogate
        return self.keys(draft.ref) if surrogate else None

    def _of_circle(self, path: Path) -> Any:
        """The value of columns that refer to one another in a circle: one of them has its own."""
        values = (self._own(draft, column) for draft, column in path)
        return next((value for value in values if value is not None), None)


def graph_keys(schema: Schema) -> KeySource:
    """Keys from the row's label alone, so that dropping other rows changes none."""
    first = schema.first_keys
    return lambda ref: first[ref.entity] + ref.index


def without(schema: Schema, graph: EntityGraph, ref: EntityRef) -> EntityGraph:
    """The graph without one row: rows that need it go too, optional references become NULL."""
    gone = {ref}
    drafts: list[EntityDraft] = []
    changed = True
    while changed:
        changed = False
        drafts = []
        for draft in graph.drafts:
            if draft.ref in gone:
                continue
            if _needs(schema, draft, gone):
                gone.add(draft.ref)
                changed = True
                continue
            drafts.append(draft)
    return EntityGraph(drafts=tuple(_cut(draft, gone) for draft in drafts))


def needed_by(graph: EntityGraph, ref: EntityRef) -> EntityGraph:
    """A row and those that it refers to, however indirectly."""
    kept: set[EntityRef] = set()
    waiting = [ref]
    while waiting:
        row = waiting.pop()
        if row not in kept:
            kept.add(row)
            waiting.extend(graph.by_ref[row].parents)
    return EntityGraph(drafts=tuple(draft for draft in graph.drafts if draft.ref in kept))


def together(schema: Schema, graph: EntityGraph, ref: EntityRef) -> tuple[EntityRef, ...]:
    """The rows that one statement has to write: this one, and those with which it is in a knot.

    A knot starts at a row that needs a later one (a cycle of NOT NULL keys) and ends there.
    """
    first = last = graph.position[ref]
    grown = bool(graph.late)
    while grown:
        grown = False
        for draft, key, parent in graph.late:
            start, end = graph.position[draft.ref], graph.position[parent]
            if start <= last and end >= first and _cannot_wait(schema, key):
                grown = grown or start < first or end > last
                first, last = min(first, start), max(last, end)
    return tuple(draft.ref for draft in graph.drafts[first : last + 1])


def _cannot_wait(schema: Schema, key: str) -> bool:
    """Whether the key cannot be NULL for a moment."""
    rule = schema.foreign_key(key)
    columns = schema.by_key[rule.table].by_name
    return not any(columns[name].nullable for name in rule.columns)


def late_columns(schema: Schema, graph: EntityGraph, draft: EntityDraft) -> frozenset[str]:
    """Columns that are NULL until the later rows are there to which their references lead.

    One NULL is enough for a key to refer to nothing: columns that cannot be NULL, or that another
    reference supplies, have their values from the start.
    """
    waiting: set[str] = set()
    supplied: set[str] = set()
    if not any(graph.is_late(draft, parent) for parent in draft.parents):
        return frozenset()
    columns = schema.by_key[draft.table].by_name
    for key, parent in draft.references.items():
        if parent is not None:
            late = graph.is_late(draft, parent)
            (waiting if late else supplied).update(schema.foreign_key(key).columns)
    return frozenset(name for name in waiting - supplied if columns[name].nullable)


def up_to(schema: Schema, graph: EntityGraph, ref: EntityRef) -> EntityGraph:
    """The rows as they stand when one is written, and those that are written with it: references
    to later rows are still NULL, those of earlier rows to these too."""
    group = together(schema, graph, ref)
    start = graph.position[group[0]]
    later = {draft.ref for draft in graph.drafts[start:]}
    earlier = tuple(_cut(draft, later) for draft in graph.drafts[:start])
    written = (_cut(graph.by_ref[each], later.difference(group)) for each in group)
    return EntityGraph(drafts=(*earlier, *written))


def _needs(schema: Schema, draft: EntityDraft, gone: set[EntityRef]) -> bool:
    table = schema.by_key[draft.table]
    return any(
        draft.references.get(key.id) in gone and table.is_required(key)
        for key in table.foreign_keys
    )


def _cut(draft: EntityDraft, gone: set[EntityRef]) -> EntityDraft:
    if not any(parent in gone for parent in draft.parents):
        return draft
    references = {key: None if ref in gone else ref for key, ref in draft.references.items()}
    return replace(draft, references=references)
