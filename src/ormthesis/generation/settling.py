"""Makes the keys of a table's rows distinct: values that are taken are moved to free ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.core.equality import hashable
from ormthesis.generation.distinct import capacity, distinct_value
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.graph import EntityRef, Row
from ormthesis.generation.row_rules import keeps_checks
from ormthesis.generation.rows import RowPlan
from ormthesis.generation.wiring import Slot
from ormthesis.rules.domain import Nullness
from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.rule import Rule
from ormthesis.schema.constraints import Exclusion, PrimaryKey, Unique
from ormthesis.schema.model import Column, Table
from ormthesis.schema.occupied import Occupied
from ormthesis.schema.types import TypeKind


class Key:
    """One unique key with the columns that can be moved where two rows would share an entry."""

    def __init__(
        self,
        table: Table,
        rule: Unique | PrimaryKey | Exclusion,
        movable: Sequence[Column],
        expressions: Mapping[str, Rule],
    ) -> None:
        self.rule = rule
        self.movable = movable
        self.evasion = _evasion(table, rule) if isinstance(rule, Exclusion) else None
        elements = () if isinstance(rule, PrimaryKey) else rule.elements
        if isinstance(rule, Exclusion):
            elements = tuple(element for element in elements if element.operator == "=")
        names = [element.column for element in elements] or (
            () if isinstance(rule, Exclusion) else rule.columns
        )
        self._columns = tuple(table.by_name[name] for name in names if name is not None)
        self._expressions = tuple(
            expressions[element.sql] for element in elements if element.column is None
        )
        self._types = {name: table.by_name[name] for name in rule.columns}
        self._distinct_nulls = not isinstance(rule, Unique) or rule.nulls_distinct

    def entry(self, row: Row) -> tuple[Any, ...] | None:
        """What must differ between rows; None where NULLs keep it from colliding."""
        values = tuple(_stored(column, row.get(column.name)) for column in self._columns)
        if self._expressions:
            stored = {n: _stored(column, row.get(n)) for n, column in self._types.items()}
            try:
                values += tuple(hashable(rule.value(stored)) for rule in self._expressions)
            except EvaluationError:
                return None
        return None if self._distinct_nulls and None in values else values


class Used:
    """The key entries and column values that rows of one table have taken."""

    def __init__(self, keys: tuple[Key, ...], occupied: Occupied) -> None:
        self._entries: dict[str, set[tuple[Any, ...]]] = {}
        self._values: dict[str, set[Any]] = {}
        for key in keys if occupied.entries else ():
            for entry in occupied.entries.get(key.rule.id, ()):
                self._take(key, entry)

    def settle(
        self,
        keys: Sequence[Key],
        plan: RowPlan,
        slot: Slot,
        row: dict[str, Any],
        full: Row,
    ) -> bool:
        """Make the row's keys distinct and take them. Predicates of partial keys are not asked:
        rows that differ anyway are no less valid."""
        for key in keys:
            self._entries.setdefault(key.rule.id, set())
        for key in keys:
            entry = key.entry(full)
            taken = self._entries[key.rule.id]
            if entry is not None and entry in taken:
                movable = [column for column in key.movable if column.name not in slot.shared]
                moved = any(self._move(keys, plan, row, full, column) for column in movable)
                if not moved and key.evasion is not None:
                    row.update(key.evasion)
                    full.update(key.evasion)
                    if self._collides(keys, full):
                        return False
                elif not moved:
                    return False
        for key in keys:
            if (entry := key.entry(full)) is not None:
                self._entries[key.rule.id].add(entry)
            for column in key.movable:
                value = _stored(column, full.get(column.name))
                self._values.setdefault(column.name, set()).add(value)
        return True

    def _collides(self, keys: Sequence[Key], full: Row) -> bool:
        """Whether a row that evaded one key has come to meet another."""
        return any(
            key.entry(full) in self._entries[key.rule.id] for key in keys if key.evasion is None
        )

    def _take(self, key: Key, entry: tuple[Any, ...]) -> None:
        """An entry of a row that exists."""
        row = dict(zip(key.rule.columns, entry, strict=True))
        if (taken := key.entry(row)) is not None:
            self._entries.setdefault(key.rule.id, set()).add(taken)
        for column in key.movable:
            self._values.setdefault(column.name, set()).add(_stored(column, row[column.name]))

    def _move(
        self,
        keys: Sequence[Key],
        plan: RowPlan,
        row: dict[str, Any],
        full: Row,
        column: Column,
    ) -> bool:
        """Move one value away from those taken; False where no branch of the CHECKs has another."""
        name, taken = column.name, self._values.get(column.name, ())
        among = [key for key in keys if column in key.movable]

        def is_free(value: Any) -> bool:
            moved = {**full, name: value}
            return all(key.entry(moved) not in self._entries[key.rule.id] for key in among)

        for branch in () if name in plan.fixed else plan.branches:
            domain = branch.branch.domains.get(name)
            if domain is not None and domain.null is Nullness.MUST:
                continue
            value = distinct_value(column.type, row.get(name), taken, domain, accept=is_free)
            changed = {**full, name: value}
            if value is not None and keeps_checks(plan.table, plan.book, changed, name):
                row[name] = full[name] = value
                return True
        return False


def key_for(
    table: Table, rule: Unique | PrimaryKey | Exclusion, expressions: Mapping[str, Rule]
) -> Key | None:
    """None for keys that need no care: numbered ones, and those that cannot be read."""
    if any(table.by_name[name].surrogate for name in rule.columns):
        return None
    if any(expression.opaque for expression in expressions.values()):
        return None
    values = [table.by_name[n] for n in rule.columns if n not in table.foreign_key_columns]
    drawn = [column for column in values if is_drawn(table, column)]
    drawn.sort(key=lambda column: capacity(column.type) is not None)
    if isinstance(rule, Exclusion):
        equal = {element.column for element in rule.elements if element.operator == "="}
        drawn = [column for column in drawn if column.name in equal]
    return Key(table, rule, drawn, expressions)


def _evasion(table: Table, rule: Exclusion) -> Mapping[str, Any] | None:
    """A value with which a row excludes none: NULL, or a range in which there is nothing."""
    for element in rule.elements:
        column = table.by_name.get(element.column or "")
        if column is not None and is_drawn(table, column):
            if column.nullable:
                return {column.name: None}
            if element.operator == "&&" and column.type.kind is TypeKind.RANGE:
                return {column.name: Range(empty=True)}
    return None


def _stored(column: Column, value: Any) -> Any:
    """The value as the column holds it; a row stands for values that are not known yet."""
    if isinstance(value, EntityRef):
        return value
    return hashable(column.type.stored(value))


def own_key(table: Table) -> tuple[Unique, ...]:
    """Rows without a primary key are told apart by what they hold, references aside: a delete may
    change those."""
    names = tuple(column.name for column in table.columns if is_drawn(table, column))
    if table.primary_key or not names:
        return ()
    return (Unique(id=f"{table.key}.row", table=table.key, columns=names, nulls_distinct=False),)
