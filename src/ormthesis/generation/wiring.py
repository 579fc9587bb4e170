"""Which rows refer to which: parents are chosen so that keys that share columns agree.

A *cell* is one column of one row. A reference makes the child's cells and the parent's one and the
same; so two keys that share a column can only name parents that have the same cell there. Rows are
built, not filtered for: where no row that is there fits, one that fits is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from ormthesis.generation.graph import EntityRef
from ormthesis.schema.constraints import ForeignKey, PrimaryKey, Unique
from ormthesis.schema.model import Table

Cell = tuple[EntityRef, str]
CellOf = Callable[[EntityRef, str], Cell | None]
"""What a column of a row holds; None for NULL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One row to fill, with its parents by foreign-key id.

    `shared` are columns of its own that have to hold what another row's column holds, so that a
    third row can refer to both.
    """

    ref: EntityRef
    table: str
    references: Mapping[str, EntityRef | None]
    shared: Mapping[str, Cell] = field(default_factory=dict)
    model: str | None = None
    """The class of the object that the row is a part of, where that is settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Which nullable columns of references have to be NULL, and which must not, under CHECKs."""

    null: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()


Patterns = Callable[[str], Sequence[Pattern]]
"""Table key to the patterns of which each row follows one."""


class New(Enum):
    """The choice of a parent that is made for the occasion."""

    ROW = "a new row"


Option = EntityRef | New | None


class Chooser(Protocol):
    """Says in which order choices are tried."""

    def patterns(self, patterns: Sequence[Pattern]) -> Iterable[Pattern]: ...

    def options(
        self, key: ForeignKey, found: Sequence[EntityRef], *, optional: bool, growing: bool
    ) -> Iterable[Option]:
        """Of the rows `found`, of None where it is `optional`, of a new row."""
        ...


class Frugal:
    """As few rows and references as there can be."""

    def patterns(self, patterns: Sequence[Pattern]) -> Iterable[Pattern]:
        return patterns

    def options(
        self, key: ForeignKey, found: Sequence[EntityRef], *, optional: bool, growing: bool
    ) -> Iterable[Option]:
        if optional:
            yield None
        yield from found
        yield New.ROW


class Tied(Frugal):
    """The same, with one parent given."""

    def __init__(self, key: ForeignKey, parent: EntityRef) -> None:
        self._key = key
        self._parent = parent

    def options(
        self, key: ForeignKey, found: Sequence[EntityRef], *, optional: bool, growing: bool
    ) -> Iterable[Option]:
        if key.id == self._key.id:
            return (self._parent,)
        return super().options(key, found, optional=optional, growing=growing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """A row half chosen: the cells of its columns, and those that are to stay NULL."""

    ref: EntityRef
    table: Table
    pattern: Pattern
    fixed: Mapping[str, Cell]
    cells: Mapping[str, Cell]
    nulls: frozenset[str]
    references: Mapping[str, EntityRef | None] = field(default_factory=dict)

    def covered(self) -> set[str]:
        """Columns that a reference supplies."""
        keys = (key for key in self.table.foreign_keys if self.references.get(key.id) is not None)
        return {name for key in keys for name in key.columns}

    def open_columns(self, key: ForeignKey) -> list[str]:
        """Columns of a key that can still be left NULL."""
        return [
            name
            for name in key.columns
            if self.table.by_name[name].nullable
            and name not in self.cells
            and name not in self.pattern.filled
        ]

    def without(self, key: ForeignKey) -> Wiring | None:
        """The key left NULL; None where all its columns have values already."""
        references = {**self.references, key.id: None}
        if key.match_full:
            free = self.nulls.union(self.open_columns(key))
            nulls = free if free.issuperset(key.columns) else None
        elif self.nulls.intersection(key.columns):
            nulls = self.nulls
        else:
            nulls = self._one_more_null(key)
        return None if nulls is None else replace(self, references=references, nulls=nulls)

    def _one_more_null(self, key: ForeignKey) -> frozenset[str] | None:
        """A column of no other key where there is one, so that the others stay free."""
        columns = self.open_columns(key)
        others = [other for other in self.table.foreign_keys if other is not key]
        own = [name for name in columns if not any(name in other.columns for other in others)]
        return self.nulls.union(own or columns[-1:]) if columns else None

    def referring(self, key: ForeignKey, parent: EntityRef, cells: CellOf) -> Wiring | None:
        """The key set; None where the parent does not have the cells that are chosen already."""
        chosen = dict(self.cells)
        for name, referred in zip(key.columns, key.referred_columns, strict=True):
            if parent == self.ref and name == referred:
                if self.table.by_name[name].nullable and name not in chosen:
                    return None
                continue
            cell = self.cell(referred) if parent == self.ref else cells(parent, referred)
            if cell is None or name in self.nulls or chosen.get(name, cell) != cell:
                return None
            chosen[name] = cell
        return replace(self, cells=chosen, references={**self.references, key.id: parent})

    def cell(self, column: str) -> Cell | None:
        """What the column will hold; None for NULL, and for what is not chosen yet."""
        if column in self.cells:
            return self.cells[column]
        return (self.ref, column) if is_own(self.table, column) else None


def is_own(table: Table, column: str) -> bool:
    """Whether the column has a value where no reference supplies one."""
    return column not in table.foreign_key_columns or column in table.loose_columns


def keys_of(table: Table) -> tuple[Unique | PrimaryKey, ...]:
    """Primary key and unique keys."""
    return (*table.constraints_of(PrimaryKey), *table.constraints_of(Unique))


def entry(wiring: Wiring, rule: Unique | PrimaryKey) -> tuple[Cell | None, ...] | None:
    """What must differ between rows; None where it does anyway."""
    if isinstance(rule, Unique) and rule.expressions:
        return None
    cells = tuple(wiring.cell(name) for name in rule.columns)
    distinct_nulls = isinstance(rule, PrimaryKey) or rule.nulls_distinct
    return None if distinct_nulls and None in cells else cells


def renumbered(slots: Iterable[Slot]) -> Skeleton:
    """The rows labelled anew, in the order in which they stand."""
    slots = tuple(slots)
    count: Counter[str] = Counter()
    names: dict[EntityRef, EntityRef] = {}
    for slot in slots:
        names[slot.ref] = EntityRef(slot.ref.entity, count[slot.ref.entity])
        count[slot.ref.entity] += 1
    if all(old == new for old, new in names.items()):
        return Skeleton(slots=slots)
    return Skeleton(slots=tuple(renamed(_among(slot, names.keys()), names) for slot in slots))


def _among(slot: Slot, kept: Container[EntityRef]) -> Slot:
    """The row without its references to others than those kept."""
    references = {k: ref if ref in kept else None for k, ref in slot.references.items()}
    return replace(slot, references=references)


def renamed(slot: Slot, names: Mapping[EntityRef, EntityRef]) -> Slot:
    """The row with new labels, where they are named, for itself and those that it refers to."""
    return replace(
        slot,
        ref=names.get(slot.ref, slot.ref),
        references={
            key: None if ref is None else names.get(ref, ref)
            for key, ref in slot.references.items()
        },
        shared={col: (names.get(ref, ref), name) for col, (ref, name) in slot.shared.items()},
    )
