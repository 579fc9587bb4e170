"""Pinned skeletons: every subset of a table's nullable foreign keys, enumerated.

Defects of referential actions need an exact subset of references (the one known to us needs three
of four), so subsets are not left to chance. Up to six nullable keys all subsets occur; beyond six
every subset of three keys and those of all, or all but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

from ormthesis.generation.graph import EntityRef
from ormthesis.generation.skeleton import Skeleton, SkeletonBuilder
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Schema, Table

EXHAUSTIVE_KEYS = 6


class Layout(str, Enum):
    """How the parents of one row are related."""

    CHAIN = "one ancestor chain"
    SIBLINGS = "separate parents under one root"
    SEPARATE = "separate parents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One enumerated skeleton; `label` says which."""

    label: str
    skeleton: Skeleton


def reference_pins(schema: Schema, root: str) -> tuple[Pin, ...]:
    """Skeletons in which rows of `root` are, directly or not, referred to in every way."""
    pins: list[Pin] = []
    seen: set[Skeleton | tuple[object, ...]] = set()
    for table in schema.tables:
        if root not in ancestors(schema, table.key) or table.key in schema.untestable:
            continue
        for pin in _pins_of(schema, table, root):
            identity = tuple(
                (slot.ref, tuple(slot.references.items())) for slot in pin.skeleton.slots
            )
            holds_root = any(slot.table == root for slot in pin.skeleton.slots)
            if holds_root and identity not in seen:
                seen.add(identity)
                pins.append(pin)
    return tuple(pins)


def ancestors(schema: Schema, table: str) -> frozenset[str]:
    """The table and every table that its rows can depend on."""
    found = {table}
    frontier = [table]
    while frontier:
        for key in schema.by_key[frontier.pop()].foreign_keys:
            if key.referred_table in schema.by_key and key.referred_table not in found:
                found.add(key.referred_table)
                frontier.append(key.referred_table)
    return frozenset(found)


def _pins_of(schema: Schema, table: Table, root: str) -> Iterator[Pin]:
    optional = [
        key
        for key in table.foreign_keys
        if not table.is_required(key) and key.referred_table not in schema.untestable
    ]
    for subset in subsets(optional):
        for layout in Layout:
            builder = _Builder(schema, layout, root)
            builder.row(table, subset)
            names = ", ".join(key.id for key in subset) or "no optional reference"
            yield Pin(
                label=f"{table.key}: {names}; {layout.value}", skeleton=builder.rows.skeleton()
            )
    for key in optional:
        if key.is_self_reference:
            yield _loop(schema, table, key, root, 1)
            yield _loop(schema, table, key, root, 2)


def subsets(keys: list[ForeignKey]) -> Iterator[tuple[ForeignKey, ...]]:
    """Smallest first; exhaustive up to EXHAUSTIVE_KEYS keys."""
    exhaustive = len(keys) <= EXHAUSTIVE_KEYS
    for size in range(len(keys) + 1):
        if exhaustive or size <= 3 or size >= len(keys) - 1:
            yield from combinations(keys, size)


def _loop(schema: Schema, table: Table, key: ForeignKey, root: str, length: int) -> Pin:
    """A cycle of one or two rows through a self reference."""
    builder = _Builder(schema, Layout.CHAIN, root)
    refs = [builder.row(table, ()) for _ in range(length)]
    for ref, parent in zip(refs, [*refs[1:], refs[0]], strict=True):
        builder.rows.point(ref, key, parent)
    return Pin(label=f"{key.id}: a cycle of {length}", skeleton=builder.rows.skeleton())


class _Builder:
    """Adds rows with all that they need. A shared table's first row serves everyone."""

    def __init__(self, schema: Schema, layout: Layout, root: str) -> None:
        self.schema = schema
        self.layout = layout
        self.root = root
        self.rows = SkeletonBuilder(schema)
        self._first: dict[str, EntityRef] = {}

    def row(self, table: Table, optional: tuple[ForeignKey, ...]) -> EntityRef:
        references: dict[str, EntityRef | None] = {}
        for key in table.foreign_keys:
            if key in optional or table.is_required(key):
                references[key.id] = self._parent(table, key)
        own = self.rows.next_ref(table.key)
        settled = {key: own if ref is None else ref for key, ref in references.items()}
        return self.rows.add(table.key, settled)

    def _parent(self, table: Table, key: ForeignKey) -> EntityRef | None:
        """None stands for the row itself: a required self reference has to start somewhere."""
        parent = self.schema.by_key[key.referred_table]
        if key.is_self_reference and table.is_required(key):
            return None
        if self._is_shared(parent) and parent.key in self._first:
            return self._first[parent.key]
        ref = self.row(parent, ())
        if self._is_shared(parent):
            self._first.setdefault(parent.key, ref)
        return ref

    def _is_shared(self, parent: Table) -> bool:
        if self.layout is Layout.SIBLINGS:
            return parent.key == self.root
        return self.layout is Layout.CHAIN
