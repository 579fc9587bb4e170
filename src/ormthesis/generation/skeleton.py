"""Skeletons: which rows a graph has and how they refer to one another, before any value is drawn.

Skeleton first, then values, is what finds bugs soon and shrinks well: counts shrink to their least,
references towards the first parent, optional references towards NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.builder import SkeletonBuilder
from ormthesis.generation.graph import EntityRef
from ormthesis.generation.wiring import (
    Chooser,
    New,
    Option,
    Pattern,
    Patterns,
    Skeleton,
    Slot,
    keys_of,
)
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Schema, Table

__all__ = ["Draw", "Shape", "Skeleton", "Slot", "Wish", "keys_of", "shape_for", "skeletons"]


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
        # Columns of two parents are mixed where keys are tested, optional or not.
        mixed = least > 1 and len(key.columns) > 1
        needed = least if mixed or declared.is_required(key) else 0
        if needed:
            needed = max(needed, _parents_needed(declared, key, wanted[table][0]))
        low, high = wanted.get(parent, (-1, 2))
        if low < needed or parent not in wanted:
            wanted[parent] = (max(low, needed), max(high, needed))
            _add_parents(schema, parent, wanted, least=min(needed, 1))


def _parents_needed(table: Table, key: ForeignKey, rows: int) -> int:
    """As many as there are rows where a key of references alone must differ between them."""
    return rows if any(set(rule.columns) <= set(key.columns) for rule in keys_of(table)) else 1


Draw = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Foreign keys of a table's first row that are to refer to another row, or to be NULL."""

    table: str
    present: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


@st.composite
def _skeletons(
    draw: Draw, schema: Schema, shape: Shape, patterns: Patterns | None, wish: Wish | None
) -> Skeleton:
    builder = SkeletonBuilder(schema, patterns)
    for table, (low, high) in shape.counts.items():
        count = low if low == high else draw(_upto(high - low)) + low
        for _ in range(count):
            chooser: Chooser = _Drawn(draw)
            if wish is not None and wish.table == table and not builder.refs(table):
                chooser = _Wished(chooser, wish)
            builder.place(table, chooser)
    _draw_late_references(draw, builder, wish)
    return builder.skeleton()


_UPTO: dict[int, st.SearchStrategy[int]] = {}


def _upto(greatest: int) -> st.SearchStrategy[int]:
    """Integers from 0; each strategy is built once."""
    if greatest not in _UPTO:
        _UPTO[greatest] = st.integers(0, greatest)
    return _UPTO[greatest]


def skeletons(
    schema: Schema, shape: Shape, *, patterns: Patterns | None = None, wish: Wish | None = None
) -> st.SearchStrategy[Skeleton]:
    """Skeletons within a shape. A row whose required parent is absent is left out."""
    return _skeletons(schema, shape, patterns, wish)


class _Drawn:
    """One row's choices: the first of each is drawn, the others follow where it does not fit."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._first: dict[str, int] = {}

    def patterns(self, patterns: Sequence[Pattern]) -> Iterable[Pattern]:
        return self._from_first("", patterns)

    def options(
        self, key: ForeignKey, found: Sequence[EntityRef], *, optional: bool, growing: bool
    ) -> Iterable[Option]:
        choices: list[Option] = [None, *found] if optional else [*found]
        if growing and not found:
            choices.append(New.ROW)
        yield from self._from_first(key.id, choices)
        if growing and found:
            yield New.ROW

    def _from_first(self, name: str, choices: Sequence[Any]) -> Sequence[Any]:
        if len(choices) < 2:
            return choices
        if name not in self._first:
            self._first[name] = self._draw(_upto(len(choices) - 1))
        first = self._first[name] % len(choices)
        return [*choices[first:], *choices[:first]]


class _Wished:
    """Some keys of the row are chosen beforehand."""

    def __init__(self, chooser: Chooser, wish: Wish) -> None:
        self._chooser = chooser
        self._wish = wish

    def patterns(self, patterns: Sequence[Pattern]) -> Iterable[Pattern]:
        return self._chooser.patterns(patterns)

    def options(
        self, key: ForeignKey, found: Sequence[EntityRef], *, optional: bool, growing: bool
    ) -> Iterable[Option]:
        if key.id in self._wish.absent:
            return (None,) if optional else ()
        if key.id not in self._wish.present:
            return self._chooser.options(key, found, optional=optional, growing=growing)
        if key.is_self_reference and optional:
            return (None,)  # set when the other row is there
        return self._chooser.options(key, found, optional=False, growing=True)


def _draw_late_references(draw: Draw, builder: SkeletonBuilder, wish: Wish | None) -> None:
    """Close cycles: an optional reference may point to its own row or to a later one."""
    wished = wish and next(iter(builder.refs(wish.table)), None)
    for slot in builder.slots():
        declared = builder.schema.by_key[slot.table]
        for key in declared.foreign_keys:
            if declared.is_required(key) or slot.references.get(key.id) is not None:
                continue
            later = builder.from_row_on(key.referred_table, slot.ref)
            if wish is not None and slot.ref == wished and key.id in wish.present | wish.absent:
                if key.id in wish.present:
                    builder.point(slot.ref, key, later[-1])
            elif later and (index := draw(_upto(len(later) + 1))) > 1:
                builder.point(slot.ref, key, later[index - 2])
