"""Schemas drawn by Hypothesis, as plans: pure data that prints well and becomes `MetaData`.

Plans hold what real schemas hold, in combinations that nobody writes: every kind of primary key,
composite and self-referring foreign keys, cycles, partial and composite unique keys, CHECKs on one
column and on two.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.random_schemas.columns import CHECKS, KEYABLE, PAIR_CHECKS, TYPES

ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL")
PRIMARY_KEYS = ("number", "big number", "text", "uuid", "pair", "parent")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    name: str
    type: str
    """A name in `columns.TYPES`."""
    nullable: bool
    defaulted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlan:
    """A foreign key to another table's primary key."""

    parent: int
    required: bool
    action: str
    initially: str | None
    """DEFERRED, IMMEDIATE, or None where the key is not deferrable."""
    unique: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UniquePlan:
    columns: tuple[str, ...]
    where: str | None
    nulls_distinct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    primary_key: str
    columns: tuple[ColumnPlan, ...]
    keys: tuple[KeyPlan, ...]
    uniques: tuple[UniquePlan, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaPlan:
    tables: tuple[TablePlan, ...]
    mapped: bool
    """Whether each table has a class."""


@st.composite
def schemas(draw: st.DrawFn) -> SchemaPlan:
    """One to four tables."""
    count = draw(st.integers(1, 4))
    tables = tuple(draw(_tables(number, count)) for number in range(count))
    return SchemaPlan(tables=tables, mapped=draw(st.booleans()))


@st.composite
def _tables(draw: st.DrawFn, number: int, count: int) -> TablePlan:
    columns = tuple(draw(_columns(index)) for index in range(draw(st.integers(0, 4))))
    kinds = PRIMARY_KEYS if number else PRIMARY_KEYS[:-1]
    return TablePlan(
        primary_key=draw(st.sampled_from(kinds)),
        columns=columns,
        keys=tuple(draw(_keys(number, count)) for _ in range(draw(st.integers(0, 2)))),
        uniques=draw(_uniques(columns)),
        checks=draw(_checks(columns)),
    )


@st.composite
def _columns(draw: st.DrawFn, index: int) -> ColumnPlan:
    return ColumnPlan(
        name=f"c{index}",
        type=draw(st.sampled_from(sorted(TYPES))),
        nullable=draw(st.booleans()),
        defaulted=draw(st.integers(0, 3)) == 3,
    )


@st.composite
def _keys(draw: st.DrawFn, number: int, count: int) -> KeyPlan:
    """Keys that a row must have point back or to their own table."""
    parent = draw(st.integers(0, count - 1))
    required = parent <= number and draw(st.booleans())
    actions = ACTIONS[:-1] if required else ACTIONS
    return KeyPlan(
        parent=parent,
        required=required,
        action=draw(st.sampled_from(actions)),
        initially=draw(st.sampled_from((None, None, "DEFERRED", "IMMEDIATE"))),
        unique=draw(st.integers(0, 4)) == 4 and not (required and parent == number),
    )


@st.composite
def _uniques(draw: st.DrawFn, columns: tuple[ColumnPlan, ...]) -> tuple[UniquePlan, ...]:
    names = [column.name for column in columns if TYPES[column.type].family in KEYABLE]
    if not names or not draw(st.booleans()):
        return ()
    chosen = tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)))
    where = draw(st.sampled_from((None, None, f"{chosen[0]} IS NOT NULL")))
    distinct = where is not None or draw(st.integers(0, 3)) < 3
    return (UniquePlan(columns=chosen, where=where, nulls_distinct=distinct),)


@st.composite
def _checks(draw: st.DrawFn, columns: tuple[ColumnPlan, ...]) -> tuple[str, ...]:
    """At most one for each column, so that they can all hold."""
    checks: list[str] = []
    left = [column for column in columns if not column.defaulted]
    while len(left) > 1 and draw(st.integers(0, 3)) == 3:
        first, second = left.pop(), left.pop()
        alike = TYPES[first.type].family == TYPES[second.type].family
        nullable = first.nullable or second.nullable
        found = [
            check
            for check in PAIR_CHECKS
            if (check.alike <= alike)
            and (check.nullable <= nullable)
            and (not check.alike or TYPES[first.type].family in KEYABLE)
        ]
        if found:
            checks.append(draw(st.sampled_from(found)).sql.format(a=first.name, b=second.name))
    for column in left:
        found_sql = CHECKS.get(TYPES[column.type].family)
        if found_sql and draw(st.booleans()):
            checks.append(draw(st.sampled_from(found_sql)).replace("{c}", column.name))
    return tuple(checks)
