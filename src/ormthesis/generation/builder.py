"""Builds skeletons row by row, with a search over parents where several keys have to agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ormthesis.generation.graph import EntityRef
from ormthesis.generation.wiring import (
    Cell,
    Chooser,
    Frugal,
    New,
    Option,
    Pattern,
    Patterns,
    Skeleton,
    Slot,
    Tied,
    Wiring,
    entry,
    is_own,
    keys_of,
    renumbered,
)
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Schema, Table

_STEPS = 400
"""Choices tried for one row before it is given up."""


class _Rows:
    """The rows that are there, and those under construction."""

    def __init__(self) -> None:
        self.slots: dict[EntityRef, Slot] = {}
        self.wirings: dict[EntityRef, Wiring] = {}
        self.position: dict[EntityRef, int] = {}
        self._by_table: dict[str, list[EntityRef]] = {}

    def add(self, wiring: Wiring) -> None:
        covered = wiring.covered() if wiring.fixed else ()
        shared = {n: c for n, c in wiring.fixed.items() if n not in covered}
        declared = [key.id for key in wiring.table.foreign_keys]
        self._by_table.setdefault(wiring.table.key, []).append(wiring.ref)
        references = {key: wiring.references[key] for key in declared if key in wiring.references}
        self.position[wiring.ref] = len(self.slots)
        self.wirings[wiring.ref] = wiring
        self.slots[wiring.ref] = Slot(
            ref=wiring.ref, table=wiring.table.key, references=references, shared=shared
        )

    def cell(self, ref: EntityRef, column: str) -> Cell | None:
        return self.wirings[ref].cell(column)

    def of_table(self, table: str) -> tuple[EntityRef, ...]:
        return tuple(self._by_table.get(table, ()))

    def back_to(self, count: int) -> None:
        """Forget the rows that were added since there were `count`."""
        for ref in [*self.slots][count:]:
            self._by_table[self.slots[ref].table].remove(ref)
            del self.slots[ref], self.wirings[ref], self.position[ref]


class SkeletonBuilder:
    """Grows a skeleton row by row; keys made of references alone stay distinct."""

    def __init__(self, schema: Schema, patterns: Patterns | None = None) -> None:
        self.schema = schema
        self._patterns = patterns or (lambda _: (Pattern(),))
        self._rows = _Rows()
        self._numbers: Counter[str] = Counter()
        self._building: list[str] = []
        self._steps = 0

    def skeleton(self) -> Skeleton:
        """The rows, each object of a class complete."""
        if self.schema.inheritance_keys:
            self._complete_objects()
        return renumbered(self._rows.slots.values())

    def slots(self) -> tuple[Slot, ...]:
        return tuple(self._rows.slots.values())

    def refs(self, table: str) -> tuple[EntityRef, ...]:
        return self._rows.of_table(table)

    def from_row_on(self, table: str, ref: EntityRef) -> list[EntityRef]:
        """Rows of a table that are `ref` itself or written after it."""
        position = self._rows.position
        return [row for row in self.refs(table) if position[row] >= position[ref]]

    def place(
        self, table: str, chooser: Chooser, fixed: Mapping[str, Cell] | None = None
    ) -> EntityRef | None:
        """Add a row, and new parents where the chooser wants or the keys need them.

        `fixed` are cells that its columns have to hold. None where no such row can be.
        """
        if not self._building:
            self._steps = _STEPS
        declared = self.schema.by_key[table]
        if table in self.schema.untestable or not self._can_hold(declared, fixed or {}):
            return None
        ref = EntityRef(declared.label, self._numbers[table])
        self._numbers[table] += 1
        self._building.append(table)
        try:
            for pattern in chooser.patterns(self._patterns(table)):
                start = Wiring(
                    ref=ref,
                    table=declared,
                    pattern=pattern,
                    fixed=fixed or {},
                    cells=dict(fixed or {}),
                    nulls=pattern.null,
                )
                if not pattern.null & set(start.cells) and self._wire(start, chooser):
                    return ref
        finally:
            self._building.pop()
        self._rows.wirings.pop(ref, None)
        return None

    def point(self, ref: EntityRef, key: ForeignKey, parent: EntityRef) -> None:
        """Close a cycle: set an optional reference that is NULL, where the keys allow it."""
        before = self._rows.wirings[ref]
        wiring = replace(before, nulls=before.pattern.null).referring(key, parent, self._rows.cell)
        if wiring is None or any(
            not before.table.by_name[name].nullable
            for name in wiring.cells.keys() - before.cells.keys()
        ):
            return
        if all(self._is_null(wiring, other) for other in self._unset(wiring)) and not (
            self._collides(wiring)
        ):
            slot = self._rows.slots[ref]
            self._rows.wirings[ref] = wiring
            self._rows.slots[ref] = replace(slot, references={**slot.references, key.id: parent})

    def _unset(self, wiring: Wiring) -> Iterator[ForeignKey]:
        for key in wiring.table.foreign_keys:
            if wiring.references.get(key.id) is None:
                yield key

    def _is_null(self, wiring: Wiring, key: ForeignKey) -> bool:
        """Whether the key refers to nothing, as it should."""
        nulls = [wiring.cell(name) is None for name in key.columns]
        return all(nulls) if key.match_full else any(nulls)

    def _can_hold(self, table: Table, fixed: Mapping[str, Cell]) -> bool:
        """Whether the columns can hold cells of other rows: numbered ones cannot."""
        return (
            not any(table.by_name[name].surrogate or table.by_name[name].computed for name in fixed)
            and self._building.count(table.key) < 2
        )

    def _wire(self, wiring: Wiring, chooser: Chooser, at: int = 0) -> bool:
        """Choose a parent for each key in turn; add the row when all are chosen."""
        self._rows.wirings[wiring.ref] = wiring
        keys = wiring.table.keys_by_need
        if at == len(keys):
            return self._finish(wiring)
        count = len(self._rows.slots)
        for chosen in self._choices(wiring, keys[at], chooser):
            self._steps -= 1
            if chosen is not None and self._wire(chosen, chooser, at + 1):
                return True
            self._rows.back_to(count)
            self._rows.wirings[wiring.ref] = wiring
            if self._steps < 0:
                return False
        return False

    def _choices(
        self, wiring: Wiring, key: ForeignKey, chooser: Chooser
    ) -> Iterator[Wiring | None]:
        """The row with the key left NULL or set to a parent, in the chooser's order; None for a
        choice that cannot be."""
        left_null = wiring.without(key)
        if left_null is not None and wiring.nulls.intersection(key.columns):
            yield left_null
            return
        cell = self._rows.cell
        found = {
            row: chosen
            for row in self._candidates(wiring, key, must=left_null is None)
            if (chosen := wiring.referring(key, row, cell)) is not None
        }
        must = left_null is None and not wiring.table.is_required(key)
        growing = must or len(self._building) > 1 or self._lacks_a_parent(wiring, key)
        optional = left_null is not None
        for option in chooser.options(key, [*found], optional=optional, growing=growing):
            if option is None:
                yield left_null
            elif option in found:
                yield found[option]
            else:
                parent = self._parent(wiring, key, option)
                yield None if parent is None else wiring.referring(key, parent, cell)

    def _candidates(self, wiring: Wiring, key: ForeignKey, *, must: bool) -> list[EntityRef]:
        """Rows that are there; for a key that must be set also its own and unfinished ones."""
        rows = list(self.refs(key.referred_table))
        if self.schema.inheritance_keys.get(key.table) == key:
            rows = [row for row in rows if self._has_room(row, key.table)]
        if must:
            unfinished = [
                ref
                for ref, other in self._rows.wirings.items()
                if ref not in self._rows.slots and other.table.key == key.referred_table
            ]
            if key.is_self_reference or not rows:
                rows += unfinished
            elif len(self._building) > 1:  # a row made for another one refers to that
                # but not where that has its own key from this row: it can then be changed alone
                tied = [ref for ref in unfinished if self._is_named_by(wiring.ref, ref, key)]
                rows = [*(ref for ref in unfinished if ref not in tied), *rows, *tied]
        return rows

    def _is_named_by(self, row: EntityRef, ref: EntityRef, key: ForeignKey) -> bool:
        """Whether what a key refers to in the row `ref` are cells of another row."""
        cells = [self._rows.wirings[ref].cells.get(name) for name in key.referred_columns]
        return all(cell is not None and cell[0] == row for cell in cells)

    def _has_room(self, row: EntityRef, table: str) -> bool:
        """Whether the object that a row is part of may have a row in one more table."""
        present = self._objects()[self._owner(row)].keys()
        wanted = {*present, table}
        return table not in present and any(wanted <= each for each in self.schema.object_tables)

    def _owner(self, ref: EntityRef) -> EntityRef:
        """The first row of the object that a row is part of."""
        slot = self._rows.slots[ref]
        key = self.schema.inheritance_keys.get(slot.table)
        parent = slot.references.get(key.id) if key is not None else None
        return ref if parent is None else self._owner(parent)

    def _objects(self) -> dict[EntityRef, dict[str, EntityRef]]:
        """Every object's rows by table."""
        found: dict[EntityRef, dict[str, EntityRef]] = {}
        for ref, slot in self._rows.slots.items():
            found.setdefault(self._owner(ref), {})[slot.table] = ref
        return found

    def _complete_objects(self) -> None:
        """Add the rows that objects of a base class without objects of its own need.

        Classes take turns; where such a row cannot be, the others stay rows that are no object.
        """
        for number, rows in enumerate(self._objects().values()):
            possible = [each for each in self.schema.object_tables if rows.keys() <= each]
            least = [each for each in possible if len(each) == min(map(len, possible))]
            chosen = least[number % len(least)] if least else frozenset[str]()
            for table in sorted(chosen - rows.keys(), key=self.schema.position.__getitem__):
                key = self.schema.inheritance_keys[table]
                base = rows.get(key.referred_table)
                placed = self.place(table, Tied(key, base)) if base is not None else None
                if placed is not None:
                    rows[table] = placed

    def _lacks_a_parent(self, wiring: Wiring, key: ForeignKey) -> bool:
        """Whether a row is worth making: others are there, or none can be there in time."""
        if self.refs(key.referred_table):
            return True
        order = self.schema.position
        return wiring.table.is_required(key) and (
            order[key.referred_table] > order[wiring.table.key]
        )

    def _parent(self, wiring: Wiring, key: ForeignKey, option: Option) -> EntityRef | None:
        """The row that the option names, or a new one."""
        if option is not New.ROW:
            return option
        pairs = zip(key.columns, key.referred_columns, strict=True)
        fixed = {there: wiring.cells[here] for here, there in pairs if here in wiring.cells}
        self._rows.wirings[wiring.ref] = self._promised(wiring, key)
        return self.place(key.referred_table, self.grower(), fixed)

    def _promised(self, wiring: Wiring, key: ForeignKey) -> Wiring:
        """The row as it will be once it refers to a new row: that one may refer to it in turn."""
        parent = self.schema.by_key[key.referred_table]
        new = EntityRef(parent.label, self._numbers[parent.key])
        own = {
            here: (new, there)
            for here, there in zip(key.columns, key.referred_columns, strict=True)
            if here not in wiring.cells and is_own(parent, there)
        }
        return replace(wiring, cells={**wiring.cells, **own})

    def grower(self) -> Chooser:
        """Who chooses for the parents that are made for the occasion."""
        return Frugal()

    def _finish(self, wiring: Wiring) -> bool:
        missing = [name for name in wiring.pattern.filled if wiring.cell(name) is None]
        if missing or self._collides(wiring) or not self._shares(wiring):
            return False
        self._rows.add(wiring)
        return True

    def _shares(self, wiring: Wiring) -> bool:
        """Whether the cells to share have values when the row is filled."""
        covered = wiring.covered()
        return all(
            name in covered
            or (
                cell[0] in self._rows.slots
                and not self._rows.wirings[cell[0]].table.by_name[cell[1]].surrogate
            )
            for name, cell in wiring.fixed.items()
        )

    def _collides(self, wiring: Wiring) -> bool:
        """Whether a key that consists of references has the same cells in another row."""
        for rule in keys_of(wiring.table):
            if wiring.cells.keys().isdisjoint(rule.columns):
                continue  # its own values are made to differ
            own = entry(wiring, rule)
            if own is not None and any(
                entry(self._rows.wirings[ref], rule) == own
                for ref in self.refs(wiring.table.key)
                if ref != wiring.ref
            ):
                return True
        return False
