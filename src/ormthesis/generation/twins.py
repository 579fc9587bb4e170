"""Pinned skeletons for rows that share all they may: a key that nobody declared refuses them.

PostgreSQL's unique keys pass NULLs by. So in these graphs, taken together, two rows have every
column not NULL and every optional reference set, as far as CHECKs and keys let them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from ormthesis.generation.builder import SkeletonBuilder
from ormthesis.generation.conditions import Condition
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import EntityRef
from ormthesis.generation.layouts import Pin
from ormthesis.generation.rows import BranchPlan
from ormthesis.generation.wiring import (
    Chooser,
    Frugal,
    New,
    Option,
    Pattern,
    Skeleton,
    keys_of,
)
from ormthesis.rules.domain import Nullness
from ormthesis.schema.constraints import Exclusion, ForeignKey, PrimaryKey
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Schema, Table

_SEPARATIONS = 64


def full_pins(strategies: GraphStrategies, table: Table) -> tuple[Pin, ...]:
    """Two rows of a table with as many values and references as there can be."""
    pins: list[Pin] = []
    for condition in _fillings(strategies, table):
        filled = strategies.where(table.key, condition)
        if any(plan.is_possible for plan in filled.plan(table.key).branches):
            keys = tuple(_optional(strategies.schema, table, condition))
            pins += (
                Pin(
                    label=f"{table.key}: two full rows, {number}",
                    skeleton=skeleton,
                    condition=condition,
                )
                for number, skeleton in enumerate(_skeletons(filled, table, keys), len(pins) + 1)
            )
    return tuple(pins)


def namesake_pins(
    strategies: GraphStrategies, table: Table, models: Iterable[Model]
) -> tuple[Pin, ...]:
    """For each class whose objects a session tells apart by what is no key of the table, two rows
    that are one object to it."""
    pins: dict[tuple[str, ...], Pin] = {}
    for model in models:
        if len(model.parts) > 1 or not model.key or _is_kept_apart(table, model.key):
            continue
        condition = Condition(not_null=frozenset(model.key))
        if skeleton := _pair(strategies.where(table.key, condition), table, Frugal()):
            label = f"{table.key}: two rows, one {model.name}"
            pins[model.key] = Pin(label=label, skeleton=skeleton, condition=condition)
    return tuple(pins.values())


def _is_kept_apart(table: Table, names: Iterable[str]) -> bool:
    """Whether a key of the table lets no two rows share these columns."""
    return any(
        set(rule.columns) <= set(names)
        for rule in keys_of(table)
        if isinstance(rule, PrimaryKey) or not (rule.expressions or rule.where)
    )


def separations(table: Table) -> tuple[frozenset[str], ...]:
    """The least sets of columns in which two rows have to differ for the sake of declared keys.

    A set has a column of each key. A key that no declared one implies is disjoint from some set.
    """
    keys = [rule.columns for rule in (*keys_of(table), *table.constraints_of(Exclusion))]
    chosen = (frozenset(names) for names in product(*map(dict.fromkeys, keys)))
    found = tuple(dict.fromkeys(islice(chosen, _SEPARATIONS)))
    return tuple(names for names in found if not any(other < names for other in found))


def _fillings(strategies: GraphStrategies, table: Table) -> Iterator[Condition]:
    """Conditions under which, taken together, every column is not NULL that can be."""
    plans = strategies.plan(table.key).branches
    fillable = [_fillable(table, plan) for plan in plans]
    left = frozenset[str]().union(*fillable)
    yield Condition(not_null=fillable[0])
    left -= fillable[0]
    while left:
        most = max(fillable, key=lambda names: len(names & left))
        yield Condition(not_null=most)
        left -= most


def _fillable(table: Table, plan: BranchPlan) -> frozenset[str]:
    """The nullable columns that a branch lets have a value."""
    drawn = {column.column.name for column in plan.columns if column.strategy is not None}
    return frozenset(
        column.name
        for column in table.columns
        if column.nullable
        and (column.name in drawn or column.name in table.foreign_key_columns)
        and plan.branch.domain(column.name).null is not Nullness.MUST
    )


def _optional(schema: Schema, table: Table, condition: Condition) -> Iterator[str]:
    """The keys that are set under the condition though they need not be."""
    for key in table.foreign_keys:
        nullable = {name for name in key.columns if table.by_name[name].nullable}
        known = key.referred_table in schema.by_key and key.referred_table not in schema.untestable
        if known and not table.is_required(key) and nullable <= condition.not_null:
            yield key.id


def _skeletons(
    strategies: GraphStrategies, table: Table, keys: Sequence[str]
) -> Iterator[Skeleton]:
    """With shared parents; with separate ones where these may keep the rows apart; and with each
    reference for which the others left no room."""
    composite = {name for key in keys_of(table) if len(key.columns) > 1 for name in key.columns}
    separate = frozenset(
        key.id for key in table.foreign_keys if composite.intersection(key.columns)
    )
    left = list(keys)
    for chooser in (_Full(), *([_Full(separate=separate)] if separate else ())):
        if skeleton := _pair(strategies, table, chooser):
            yield skeleton
            left = [key for key in left if not _holds(skeleton, table, key)]
    while left:
        wanted = left.pop(0)
        if skeleton := _pair(strategies, table, _Full(wanted=wanted)):
            yield skeleton
            left = [key for key in left if not _holds(skeleton, table, key)]


def _holds(skeleton: Skeleton, table: Table, key: str) -> bool:
    """Whether the last two rows have the reference."""
    slots = [slot for slot in skeleton.slots if slot.table == table.key]
    return all(slot.references.get(key) is not None for slot in slots[-2:])


def _pair(strategies: GraphStrategies, table: Table, chooser: Chooser) -> Skeleton | None:
    """Two rows with what they need; None where there cannot be two."""
    builder = SkeletonBuilder(strategies.schema, strategies.patterns)
    refs = [builder.place(table.key, chooser) for _ in range(2)]
    return None if None in refs else builder.skeleton()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Full:
    """One row's choices: parents that are there, then new ones, then none."""

    wanted: str = ""
    """The id of a key that must be set."""
    separate: frozenset[str] = frozenset()
    """Ids of keys that rather have a parent for each row."""

    def patterns(self, patterns: Sequence[Pattern]) -> Iterable[Pattern]:
        """Those first that have more of the wanted references."""
        return sorted(patterns, key=lambda pattern: -len(pattern.filled))

    def options(
        self, key: ForeignKey, found: Sequence[EntityRef], *, optional: bool, growing: bool
    ) -> Iterable[Option]:
        none = (None,) if optional and key.id != self.wanted else ()
        if key.id in self.separate:
            return (New.ROW, *found, *none)
        return (*found, New.ROW, *none)
