"""Pinned skeletons: every subset of a table's nullable foreign keys, enumerated.

Defects of referential actions need an exact subset of references (the one known to us needs three
of four), so subsets are not left to chance. Up to six nullable keys all subsets occur; beyond six
every subset of three keys and those of all, or all but one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations

from ormthesis.generation.builder import SkeletonBuilder
from ormthesis.generation.conditions import Condition
from ormthesis.generation.graph import EntityRef
from ormthesis.generation.wiring import (
    Chooser,
    New,
    Option,
    Pattern,
    Patterns,
    Skeleton,
    keys_of,
)
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
    condition: Condition | None = None
    """What rows of the table under test must be beyond valid."""


def reference_pins(
    schema: Schema, root: str, patterns: Patterns | None = None, *, spare: bool = False
) -> tuple[Pin, ...]:
    """Skeletons in which rows of `root` are, directly or not, referred to in every way.

    A subset that the keys or CHECKs of the table forbid has none. With `spare` the last row is one
    more of `root`, to which nothing refers.
    """
    pins: list[Pin] = []
    seen: set[Skeleton | tuple[object, ...]] = set()
    for table in schema.tables:
        if root not in ancestors(schema, table.key) or table.key in schema.untestable:
            continue
        for pin in _pins_of(schema, table, root, patterns, spare=spare):
            identity = tuple(
                (slot.ref, tuple(slot.references.items())) for slot in pin.skeleton.slots
            )
            holds_root = any(slot.table == root for slot in pin.skeleton.slots)
            if holds_root and identity not in seen:
                seen.add(identity)
                pins.append(pin)
    return tuple(pins)


def twin_pins(schema: Schema, root: str) -> tuple[Pin, ...]:
    """Two rows alike of every secondary table that lets them in: the ORM cannot tell them apart."""
    pins: list[Pin] = []
    for table in schema.through:
        declared = schema.by_key[table]
        if root in ancestors(schema, table) and not keys_of(declared):
            builder = _Builder(schema, Layout.CHAIN, root, None)
            keys = frozenset(key.id for key in declared.foreign_keys)
            if all(builder.place(table, _Laid(builder, keys)) for _ in range(2)):
                label = f"{table}: the same row twice"
                pins.append(Pin(label=label, skeleton=builder.skeleton()))
    return tuple(pins)


def link_pins(schema: Schema, keys: Iterable[str], patterns: Patterns | None) -> tuple[Pin, ...]:
    """For each foreign key, a row that has it set."""
    pins: list[Pin] = []
    for key in dict.fromkeys(keys):
        table = schema.foreign_key(key).table
        builder = _Builder(schema, Layout.CHAIN, table, patterns)
        if builder.place(table, _Laid(builder, frozenset({key}))):
            pins.append(Pin(label=key, skeleton=builder.skeleton()))
    return tuple(pins)


def pair_pins(schema: Schema, keys: Iterable[str], patterns: Patterns | None) -> tuple[Pin, ...]:
    """For each foreign key, two rows that have it set, each with parents of its own."""
    pins: list[Pin] = []
    for key in dict.fromkeys(keys):
        table = schema.foreign_key(key).table
        builder = _Builder(schema, Layout.SEPARATE, table, patterns)
        placed = [builder.place(table, _Laid(builder, frozenset({key}))) for _ in range(2)]
        if any(placed):
            pins.append(Pin(label=f"{key}, twice", skeleton=builder.skeleton()))
    return tuple(pins)


def apart_pins(schema: Schema, table: str, patterns: Patterns | None) -> tuple[Pin, ...]:
    """One row each of whose parents serves nobody else: a scalar relationship shows one child."""
    builder = _Builder(schema, Layout.SEPARATE, table, patterns)
    if not schema.by_key[table].foreign_keys or not builder.place(table, builder.grower()):
        return ()
    return (Pin(label=f"{table}: {Layout.SEPARATE.value}", skeleton=builder.skeleton()),)


def class_pins(
    schema: Schema, table: str, models: Iterable[str], patterns: Patterns | None
) -> tuple[Pin, ...]:
    """For each class over a table, one row of it with all that it needs."""
    pins: list[Pin] = []
    for model in models:
        builder = _Builder(schema, Layout.CHAIN, table, patterns)
        if builder.place(table, builder.grower()):
            slots = builder.skeleton().slots
            last = max(index for index, slot in enumerate(slots) if slot.table == table)
            named = (
                replace(slot, model=model) if index == last else slot
                for index, slot in enumerate(slots)
            )
            pins.append(Pin(label=f"{table}: {model}", skeleton=Skeleton(slots=tuple(named))))
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


def _pins_of(
    schema: Schema, table: Table, root: str, patterns: Patterns | None, *, spare: bool
) -> Iterator[Pin]:
    optional = [
        key
        for key in table.foreign_keys
        if not table.is_required(key) and key.referred_table not in schema.untestable
    ]
    for subset in subsets(optional):
        for layout in Layout:
            builder = _Builder(schema, layout, root, patterns)
            if builder.place(table.key, _Laid(builder, frozenset(key.id for key in subset))):
                if spare:
                    builder.place(root, builder.grower())
                names = ", ".join(key.id for key in subset) or "no optional reference"
                label = f"{table.key}: {names}; {layout.value}"
                yield Pin(label=label, skeleton=builder.skeleton())
    for key in optional:
        if key.is_self_reference:
            for length in (1, 2):
                yield from _loop(schema, table, key, root, patterns, length, spare=spare)


def subsets(keys: list[ForeignKey]) -> Iterator[tuple[ForeignKey, ...]]:
    """Smallest first; exhaustive up to EXHAUSTIVE_KEYS keys."""
    exhaustive = len(keys) <= EXHAUSTIVE_KEYS
    for size in range(len(keys) + 1):
        if exhaustive or size <= 3 or size >= len(keys) - 1:
            yield from combinations(keys, size)


def _loop(
    schema: Schema,
    table: Table,
    key: ForeignKey,
    root: str,
    patterns: Patterns | None,
    length: int,
    *,
    spare: bool,
) -> Iterator[Pin]:
    """A cycle of one or two rows through a self reference."""
    builder = _Builder(schema, Layout.CHAIN, root, patterns)
    refs = [builder.place(table.key, builder.grower()) for _ in range(length)]
    for ref, parent in zip(refs, [*refs[1:], *refs[:1]], strict=True):
        if ref is None or parent is None:
            return
        builder.point(ref, key, parent)
    if spare:
        builder.place(root, builder.grower())
    yield Pin(label=f"{key.id}: a cycle of {length}", skeleton=builder.skeleton())


class _Builder(SkeletonBuilder):
    """Adds rows with all that they need. A shared table's first row serves everyone."""

    def __init__(
        self, schema: Schema, layout: Layout, root: str, patterns: Patterns | None
    ) -> None:
        super().__init__(schema, patterns)
        self._layout = layout
        self._root = root

    def grower(self) -> Chooser:
        return _Laid(self, frozenset())

    def is_shared(self, table: str) -> bool:
        if self._layout is Layout.SIBLINGS:
            return table == self._root
        return self._layout is Layout.CHAIN


@dataclass(frozen=True, slots=True)
class _Laid:
    """One row's choices: exactly these optional keys, the parents as the layout says."""

    builder: _Builder
    keys: frozenset[str]

    def patterns(self, patterns: Sequence[Pattern]) -> Iterable[Pattern]:
        return patterns

    def options(
        self, key: ForeignKey, found: Sequence[EntityRef], *, optional: bool, growing: bool
    ) -> Iterable[Option]:
        """A row that is there and a new one; where the one does not fit, the other.

        A key that must refer to its own table has to start somewhere: with the row itself.
        """
        if optional and key.id not in self.keys:
            return (None,)
        required = self.builder.schema.by_key[key.table].is_required(key)
        if key.is_self_reference and required:
            return (*reversed(found), New.ROW)
        if self.builder.is_shared(key.referred_table):
            return (*found, New.ROW)
        return (New.ROW, *found)
