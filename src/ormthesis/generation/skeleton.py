"""Skeletons: which rows a graph has and how they refer to one another, before any value is drawn.

Skeleton first, then values, is what finds bugs soon and shrinks well: counts shrink to their least,
references towards the first parent, optional references towards NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.graph import EntityRef
from ormthesis.schema.constraints import ForeignKey, PrimaryKey, Unique
from ormthesis.schema.model import Schema, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One row to fill, with its parents by foreign-key id."""

    ref: EntityRef
    table: str
    references: Mapping[str, EntityRef | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Least and most rows per table; tables in dependency order, ancestors included."""

    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def shape_for(
    schema: Schema,
    table: str,
    *,
    rows: tuple[int, int] = (1, 3),
    parents: int = 1,
    children: bool = False,
    descendants: bool = False,
) -> Shape:
    """A shape with `rows` of one table and the parents that they need or may have.

    `parents` is the least number of rows per required parent table. `children` adds the rows that
    may refer to the table, `descendants` those of any depth. Where a key made of references alone
    must differ between rows, its parents are as many as the rows.
    """
    wanted: dict[str, tuple[int, int]] = {table: rows}
    added = _descendants(schema, table) if descendants else set[str]()
    if children:
        added |= {key.table for key in schema.referring.get(table, ())}
    added -= schema.untestable.keys()
    wanted.update({key: (0, 2) for key in added if key != table})
    for key in list(wanted):
        _add_parents(schema, key, wanted, least=parents if key == table else 0)
    ordered = {key.key: wanted[key.key] for key in schema.tables if key.key in wanted}
    return Shape(counts=ordered)


def joined(schema: Schema, shapes: Iterable[Shape]) -> Shape:
    """One shape with the rows that each of several needs."""
    counts: dict[str, tuple[int, int]] = {}
    for shape in shapes:
        for key, (low, high) in shape.counts.items():
            least, most = counts.get(key, (0, 0))
            counts[key] = (max(low, least), max(high, most))
    return Shape(counts={t.key: counts[t.key] for t in schema.tables if t.key in counts})


def _descendants(schema: Schema, table: str) -> set[str]:
    found = {table}
    frontier = [table]
    while frontier:
        for key in schema.referring.get(frontier.pop(), ()):
            if key.table not in found:
                found.add(key.table)
                frontier.append(key.table)
    return found


def _add_parents(
    schema: Schema, table: str, wanted: dict[str, tuple[int, int]], *, least: int
) -> None:
    """With `least` 0 the parents may be absent, since the rows that need them may be."""
    declared = schema.by_key[table]
    for key in declared.foreign_keys:
        parent = key.referred_table
        if parent == table or parent not in schema.by_key or parent in schema.untestable:
            continue
        needed = least if declared.is_required(key) else 0
        if needed:
            needed = max(needed, _parents_needed(declared, key, wanted[table][0]))
        low, high = wanted.get(parent, (-1, 2))
        if low < needed or parent not in wanted:
            wanted[parent] = (max(low, needed), max(high, needed))
            _add_parents(schema, parent, wanted, least=min(needed, 1))


def _parents_needed(table: Table, key: ForeignKey, rows: int) -> int:
    """As many as there are rows where a key of references alone must differ between them."""
    return rows if any(set(rule.columns) <= set(key.columns) for rule in keys_of(table)) else 1


def keys_of(table: Table) -> tuple[Unique | PrimaryKey, ...]:
    """Primary key and unique keys."""
    return (*table.constraints_of(PrimaryKey), *table.constraints_of(Unique))


Draw = Callable[[Any], Any]


@st.composite
def _skeletons(draw: Draw, schema: Schema, shape: Shape, pick: PickTable) -> Skeleton:
    builder = SkeletonBuilder(schema)
    for table, (low, high) in shape.counts.items():
        count = low if low == high else draw(pick.upto(high - low)) + low
        for _ in range(count):
            _draw_row(draw, builder, table, pick)
    _draw_late_references(draw, builder, pick)
    return builder.skeleton()


class PickTable:
    """Integer strategies from 0, built once each."""

    def __init__(self) -> None:
        self._upto: dict[int, st.SearchStrategy[int]] = {}

    def upto(self, greatest: int) -> st.SearchStrategy[int]:
        if greatest not in self._upto:
            self._upto[greatest] = st.integers(0, greatest)
        return self._upto[greatest]


_PICK = PickTable()


def skeletons(schema: Schema, shape: Shape) -> st.SearchStrategy[Skeleton]:
    """Skeletons within a shape. A row whose required parent is absent is left out."""
    return _skeletons(schema, shape, _PICK)


def _draw_row(draw: Draw, builder: SkeletonBuilder, table: str, pick: PickTable) -> None:
    references: dict[str, EntityRef | None] = {}
    declared = builder.schema.by_key[table]
    ref = builder.next_ref(table)
    for key in declared.foreign_keys:
        candidates = builder.refs(key.referred_table)
        required = declared.is_required(key)
        if key.is_self_reference and required:
            candidates = (*candidates, ref)
        if not required:
            candidates = (None, *candidates)
        if not candidates:
            return
        index = draw(pick.upto(len(candidates) - 1)) if len(candidates) > 1 else 0
        references[key.id] = candidates[index]
    builder.add_distinct(table, references)


def _draw_late_references(draw: Draw, builder: SkeletonBuilder, pick: PickTable) -> None:
    """Close cycles: an optional reference may point to its own row or to a later one."""
    for slot in builder.slots():
        declared = builder.schema.by_key[slot.table]
        for key in declared.foreign_keys:
            if declared.is_required(key) or slot.references.get(key.id) is not None:
                continue
            later = builder.from_row_on(key.referred_table, slot.ref)
            if later and (index := draw(pick.upto(len(later) + 1))) > 1:
                builder.point(slot.ref, key, later[index - 2])


class SkeletonBuilder:
    """Grows a skeleton row by row; keys made of references alone stay distinct."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._slots: dict[EntityRef, Slot] = {}
        self._by_table: dict[str, list[EntityRef]] = {}
        self._position: dict[EntityRef, int] = {}

    def skeleton(self) -> Skeleton:
        return Skeleton(slots=tuple(self._slots.values()))

    def slots(self) -> tuple[Slot, ...]:
        return tuple(self._slots.values())

    def refs(self, table: str) -> tuple[EntityRef | None, ...]:
        return tuple(self._by_table.get(table, ()))

    def next_ref(self, table: str) -> EntityRef:
        return EntityRef(self.schema.by_key[table].label, len(self._by_table.get(table, ())))

    def from_row_on(self, table: str, ref: EntityRef) -> list[EntityRef]:
        """Rows of a table that are `ref` itself or written after it."""
        least = self._position[ref]
        return [row for row in self._by_table.get(table, ()) if self._position[row] >= least]

    def add(self, table: str, references: Mapping[str, EntityRef | None]) -> EntityRef:
        ref = self.next_ref(table)
        self._position[ref] = len(self._slots)
        self._slots[ref] = Slot(ref=ref, table=table, references=dict(references))
        self._by_table.setdefault(table, []).append(ref)
        return ref

    def add_distinct(self, table: str, references: dict[str, EntityRef | None]) -> EntityRef | None:
        """Add the row, moved to other parents where a key needs it; None where none is left."""
        for attempt in self._alternatives(table, references):
            if not self._collides(table, attempt):
                return self.add(table, attempt)
        return None

    def point(self, ref: EntityRef, key: ForeignKey, parent: EntityRef) -> None:
        slot = self._slots[ref]
        references = {**slot.references, key.id: parent}
        if not self._collides(slot.table, references, besides=ref):
            self._slots[ref] = Slot(ref=ref, table=slot.table, references=references)

    def _alternatives(
        self, table: str, references: dict[str, EntityRef | None]
    ) -> Iterator[dict[str, EntityRef | None]]:
        yield references
        for key in self.schema.by_key[table].foreign_keys:
            if references.get(key.id) is not None:
                for parent in self.refs(key.referred_table):
                    yield {**references, key.id: parent}

    def _collides(
        self,
        table: str,
        references: Mapping[str, EntityRef | None],
        besides: EntityRef | None = None,
    ) -> bool:
        """Whether a key that consists of references has the same parents in another row."""
        declared = self.schema.by_key[table]
        for rule in keys_of(declared):
            keys = covering_keys(declared, rule)
            mine = [references.get(key) for key in keys]
            if not keys or None in mine:
                continue
            for ref in self._by_table.get(table, ()):
                theirs = self._slots[ref].references
                if ref != besides and [theirs.get(key) for key in keys] == mine:
                    return True
        return False


def covering_keys(table: Table, rule: Unique | PrimaryKey) -> tuple[str, ...]:
    """Foreign keys that together supply every column of a key; none where values take part."""
    found: list[str] = []
    for column in rule.columns:
        key = next((key for key in table.foreign_keys if column in key.columns), None)
        if key is None:
            return ()
        if key.id not in found:
            found.append(key.id)
    return tuple(found)
