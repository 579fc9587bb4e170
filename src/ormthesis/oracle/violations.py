"""Which declared rules a row breaks, given the other rows: the heart of the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import Range as SqlRange

from ormthesis.core.equality import hashable
from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.coercion import coerce
from ormthesis.oracle.outcome import StoredRow, Unspecified
from ormthesis.oracle.raising import Objections, objections
from ormthesis.rules.book import RuleBook
from ormthesis.rules.errors import EvaluationError
from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Enumeration,
    Exclusion,
    ForeignKey,
    Length,
    NotNull,
    PrimaryKey,
    Range,
    Unique,
)
from ormthesis.schema.model import Schema, Table
from ormthesis.schema.types import DataType, TypeKind

_AMONG_ROWS = (PrimaryKey, Unique, Exclusion)
"""Rules about several rows."""

Rows = Mapping[EntityRef, StoredRow]
_Undecidable = tuple[tuple[str, ...], tuple[tuple[str, Callable[[StoredRow], bool]], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violations:
    """Judges single rows. `rows` are by table and hold stored values before coercion."""

    schema: Schema
    book: RuleBook
    _asked: dict[tuple[str, frozenset[str]], tuple[Constraint, ...]] = field(default_factory=dict)
    """Table and changed columns to the rules that read one of them."""
    _open: dict[str, _Undecidable] = field(default_factory=dict)
    """Table to the rules that nobody can decide for every row."""

    def of_row(
        self,
        table: Table,
        ref: EntityRef,
        row: StoredRow,
        rows: Mapping[str, Rows],
        changed: frozenset[str] | None = None,
    ) -> Iterator[Constraint]:
        """Every rule that this row breaks among `rows`, which may hold an older version of it.

        With `changed`, only rules that read one of these columns are asked.
        """
        for rule in table.constraints if changed is None else self._reading(table, changed):
            if self.breaks(rule, table, ref, row, rows):
                yield rule

    def objections(
        self,
        table: Table,
        ref: EntityRef,
        row: StoredRow,
        rows: Mapping[str, Rows],
        changed: frozenset[str] | None = None,
    ) -> Objections:
        """Every rule that this row breaks, as `of_row` has them, and errors of expressions."""
        broken = list(self.of_row(table, ref, row, rows, changed))
        return objections(self.book, table, row, broken, changed)

    def _reading(self, table: Table, changed: frozenset[str]) -> tuple[Constraint, ...]:
        if (table.key, changed) not in self._asked:
            self._asked[table.key, changed] = tuple(
                rule for rule in table.constraints if not changed.isdisjoint(self.reads(rule))
            )
        return self._asked[table.key, changed]

    def reads(self, rule: Constraint) -> tuple[str, ...]:
        """The columns on which the rule depends, those that its SQL names in any case included."""
        if isinstance(rule, ForeignKey) and rule.is_self_reference:
            return (*rule.columns, *rule.referred_columns)  # a row may refer to itself
        read = self.book.predicates.get(rule.id) or self.book.checks.get(rule.id)
        return rule.columns if read is None else (*rule.columns, *read.columns)

    def _decisive(self, rule: Constraint) -> tuple[str, ...]:
        """The columns whose values decide: of a CHECK that can be read, not the generated ones."""
        read = self.book.checks.get(rule.id)
        return rule.columns if read is None or read.opaque is not None else read.columns

    def undecided(self, table: Table, row: StoredRow) -> Iterator[str]:
        """Rules that this row may break or not: they are opaque, read an unspecified value, or
        only the server knows their value for it."""
        standing, uncertain = self._undecidable(table)
        yield from standing
        yield from (rule for rule, decides in uncertain if not decides(row))
        open_columns = {name for name, value in row.items() if isinstance(value, Unspecified)}
        if open_columns:
            for rule in table.constraints:
                if not open_columns.isdisjoint(self._decisive(rule)):
                    yield rule.id

    def _undecidable(self, table: Table) -> _Undecidable:
        """Rules that are undecided for every row, and those that are for some."""
        if table.key not in self._open:
            # A row that exists may have the same key.
            occupied = table.key in self.schema.occupied.tables
            standing = tuple(
                rule.id
                for rule in table.constraints
                if (occupied and isinstance(rule, _AMONG_ROWS))
                or not is_understood(rule)
                or rule.id in self.book.unread_keys
            )
            uncertain = tuple(
                (rule.id, found.decides)
                for rule in table.constraints
                if (found := self.book.uncertain.get(rule.id))
            )
            self._open[table.key] = standing, uncertain
        return self._open[table.key]

    def breaks(
        self,
        rule: Constraint,
        table: Table,
        ref: EntityRef,
        row: StoredRow,
        rows: Mapping[str, Rows],
    ) -> bool:
        if any(isinstance(row.get(column), Unspecified) for column in self._decisive(rule)):
            return False  # a value that the declarations leave open is not held against them
        match rule:
            case NotNull():
                return row.get(rule.columns[0]) is None
            case Length():
                return self._has_wrong_length(table, rule, row)
            case Range():
                return self._out_of_range(table, rule, row)
            case Enumeration():
                known = (*rule.labels, None)
                return any(part not in known for part in _parts(row.get(rule.columns[0])))
            case Check():
                return self._check_fails(rule, row)
            case PrimaryKey() | Unique():
                return self._collides(rule, ref, row, rows.get(table.key, {}))
            case Exclusion():
                return self._is_excluded(rule, ref, row, rows.get(table.key, {}))
            case ForeignKey():
                return _dangles(rule, ref, row, rows)
            case _:
                return False

    def _check_fails(self, rule: Check, row: StoredRow) -> bool:
        compiled = self.book.checks[rule.id]
        return compiled.opaque is None and compiled.breaks(row)

    def _out_of_range(self, table: Table, rule: Range, row: StoredRow) -> bool:
        value = coerce(table.by_name[rule.columns[0]].type, row.get(rule.columns[0]))
        return any(_is_outside(rule, part) for part in _parts(value))

    def _has_wrong_length(self, table: Table, rule: Length, row: StoredRow) -> bool:
        column = table.by_name[rule.columns[0]]
        item = column.type.item or column.type
        wrong = _too_long if item.kind is TypeKind.TEXT else _wrong_size
        return any(wrong(item, part, rule.limit) for part in _parts(row.get(column.name)))

    def _collides(
        self, rule: PrimaryKey | Unique, ref: EntityRef, row: StoredRow, others: Rows
    ) -> bool:
        key = self.key_of(rule, row)
        return key is not None and any(
            other != ref and self.key_of(rule, theirs) == key for other, theirs in others.items()
        )

    def key_of(self, rule: PrimaryKey | Unique, row: StoredRow) -> tuple[Any, ...] | None:
        """The row's entry in a unique index; None where it has none that can collide."""
        values = self._entry(rule, row)
        if values is None:
            return None
        distinct_nulls = isinstance(rule, PrimaryKey) or rule.nulls_distinct
        if distinct_nulls and None in values:
            return None
        predicate = self.book.predicates.get(rule.id)
        if predicate is not None and (predicate.opaque or not predicate.selects(row)):
            return None
        return values

    def _entry(
        self, rule: PrimaryKey | Unique | Exclusion, row: StoredRow
    ) -> tuple[Any, ...] | None:
        """The values of a key's elements; None where they are not known."""
        types = self.schema.by_key[rule.table].types
        elements = () if isinstance(rule, PrimaryKey) else rule.elements
        if not elements:
            return tuple(compared(types[column], row.get(column)) for column in rule.columns)
        if rule.id in self.book.opaque:
            return None
        try:
            return tuple(
                hashable(self.book.elements[rule.id][element.sql].value(row))
                if element.column is None
                else _comparable(types[element.column], row.get(element.column))
                for element in elements
            )
        except EvaluationError:
            return None

    def _is_excluded(self, rule: Exclusion, ref: EntityRef, row: StoredRow, others: Rows) -> bool:
        mine = self._excluding(rule, row)
        operators = [COMPARES.get(element.operator) for element in rule.elements]
        if mine is None or None in operators:
            return False
        for other, theirs in others.items():
            entry = self._excluding(rule, theirs) if other != ref else None
            if entry is not None and all(
                compare is not None and compare(left, right)
                for compare, left, right in zip(operators, mine, entry, strict=True)
            ):
                return True
        return False

    def _excluding(self, rule: Exclusion, row: StoredRow) -> tuple[Any, ...] | None:
        """What the row excludes others by; None where it excludes none."""
        values = self._entry(rule, row)
        predicate = self.book.predicates.get(rule.id)
        if predicate is not None and (predicate.opaque or not predicate.selects(row)):
            return None
        return None if values is None or None in values else values


def is_understood(rule: Constraint) -> bool:
    """Whether the operators of an exclusion constraint are known here."""
    return not isinstance(rule, Exclusion) or all(
        element.operator in COMPARES for element in rule.elements
    )


def _overlap(left: Any, right: Any) -> bool:
    return isinstance(left, SqlRange) and isinstance(right, SqlRange) and left.overlaps(right)


COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<>": lambda left, right: bool(left != right),
    "&&": _overlap,
}
"""Operators of exclusion constraints that are understood, on values that are not NULL."""


def _comparable(data_type: DataType, value: Any) -> Any:
    """Ranges as they are, since they are asked for more than equality."""
    return coerce(data_type, value) if isinstance(value, SqlRange) else compared(data_type, value)


def _parts(value: Any) -> Iterator[Any]:
    """The value itself, or every item of an array, whatever its dimensions."""
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _parts(part)
    else:
        yield value


def _is_outside(rule: Range, value: Any) -> bool:
    if value is None or (isinstance(value, Decimal) and value.is_nan()):
        return False
    return not rule.minimum <= value <= rule.maximum


def _wrong_size(data_type: DataType, value: Any, limit: int) -> bool:
    """A bit(n) has exactly n bits."""
    if not isinstance(value, str):
        return False
    return len(value) != limit if data_type.fixed else len(value) > limit


def _too_long(_: DataType, value: Any, limit: int) -> bool:
    """Blanks beyond the limit are cut without a word."""
    return isinstance(value, str) and bool(value[limit:].strip(" "))


def _dangles(key: ForeignKey, ref: EntityRef, row: StoredRow, rows: Mapping[str, Rows]) -> bool:
    """MATCH SIMPLE: a key with a NULL in it refers to nothing and needs nothing.

    MATCH FULL wants all of its columns NULL, or none.
    """
    values = tuple(row.get(column) for column in key.columns)
    if None in values:
        return key.match_full and any(value is not None for value in values)
    parents = rows.get(key.referred_table, {})
    if key.is_self_reference:
        parents = {**parents, ref: row}
    return not any(
        tuple(parent.get(column) for column in key.referred_columns) == values
        for parent in parents.values()
    )


def compared(data_type: DataType, value: Any) -> Any:
    """What a unique key compares, as an element of a set."""
    if data_type.kind is TypeKind.CITEXT and isinstance(value, str):
        return value.lower()
    return hashable(coerce(data_type, value) if data_type.kind in _SPELT else value)


_SPELT = {TypeKind.NETWORK, TypeKind.RANGE, TypeKind.MACADDR}
"""Types whose values have several spellings."""
