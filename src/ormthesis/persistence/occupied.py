"""Reads what a database holds before the run, so that graphs keep clear of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from ormthesis.core.equality import hashable
from ormthesis.schema.constraints import PrimaryKey, Unique
from ormthesis.schema.model import Column, Schema, Table
from ormthesis.schema.models import Models
from ormthesis.schema.occupied import NOTHING, Occupied
from ormthesis.schema.types import TypeKind

ENTRIES = 10_000
"""Values of one key that are read at most. Beyond them a row drawn may meet one that exists: that
proves nothing, and is no failure."""

Place = tuple[str, str]
"""Table and column."""

_ROOM = 32_000
"""Numbers that graphs use as keys, those of rows that do not exist included."""

_COLUMNS = sa.text("""
SELECT n.nspname, c.relname, a.attname
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f', 'v')
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema')
""")


def read_occupied(connection: sa.Connection, models: Models) -> Occupied:
    """The tables with rows, the entries of their keys, and room for new numbers."""
    reader = _Reader(connection, models)
    tables = [table for table in models.schema.tables if reader.holds_rows(table)]
    if not tables:
        return NOTHING
    return Occupied(
        tables=frozenset(table.key for table in tables),
        entries={
            rule.id: reader.entries(table, rule)
            for table in tables
            for rule in _own_keys(table)
            if reader.has(table, rule.columns)
        },
        offsets=_offsets(models.schema, dict(reader.spans(tables))),
    )


class _Reader:
    def __init__(self, connection: sa.Connection, models: Models) -> None:
        self._connection = connection
        self._models = models
        default = str(connection.scalar(sa.text("SELECT current_schema()")))
        found = {tuple(row) for row in connection.execute(_COLUMNS)}
        self._present = {
            (table.key, column.name)
            for table in models.schema.tables
            for column in table.columns
            if (table.schema or default, table.name, column.name) in found
        }

    def has(self, table: Table, columns: Iterable[str]) -> bool:
        """Whether the database has all of these columns: one that exists may lack some."""
        return all((table.key, name) in self._present for name in columns)

    def holds_rows(self, table: Table) -> bool:
        if not any(self.has(table, [column.name]) for column in table.columns):
            return False
        query = sa.select(sa.literal(1)).select_from(self._models.tables[table.key]).limit(1)
        return self._connection.scalar(query) is not None

    def entries(self, table: Table, rule: PrimaryKey | Unique) -> frozenset[tuple[object, ...]]:
        """Python values, as they are drawn."""
        columns = self._columns(table)
        query = sa.select(*(columns[name] for name in rule.columns)).limit(ENTRIES)
        return frozenset(tuple(map(hashable, row)) for row in self._connection.execute(query))

    def spans(self, tables: Iterable[Table]) -> Iterator[tuple[Place, tuple[int, int]]]:
        """The least and greatest value of every column that holds numbers as keys."""
        for table in tables:
            columns = self._columns(table)
            for column in _numbers(self._models.schema, table):
                place = (table.key, column.name)
                if place in self._present:
                    found = columns[column.name]
                    query = sa.select(sa.func.min(found), sa.func.max(found))
                    low, high = self._connection.execute(query).one()
                    if low is not None:
                        yield place, (int(low), int(high))

    def _columns(self, table: Table) -> Mapping[str, sa.Column[Any]]:
        return {column.name: column for column in self._models.tables[table.key].columns}


def _own_keys(table: Table) -> Iterator[PrimaryKey | Unique]:
    """Keys whose values are drawn. A key with a reference in it refers to a new row, and one that
    is numbered is new: neither can meet a row that exists."""
    keys: tuple[PrimaryKey | Unique, ...] = (
        *table.constraints_of(PrimaryKey),
        *table.constraints_of(Unique),
    )
    for rule in keys:
        numbered = any(table.by_name[name].surrogate for name in rule.columns)
        refers = not table.foreign_key_columns.isdisjoint(rule.columns)
        expressed = isinstance(rule, Unique) and rule.expressions
        if rule.columns and not (numbered or refers or expressed):
            yield rule


def _offsets(schema: Schema, spans: Mapping[Place, tuple[int, int]]) -> dict[str, int]:
    """Above every key that exists, the same for all tables whose types have room there."""
    highest = max((high for _, high in spans.values()), default=0)
    return {table.key: _offset(schema, table, spans, max(highest, 0)) for table in schema.tables}


def _offset(
    schema: Schema, table: Table, spans: Mapping[Place, tuple[int, int]], highest: int
) -> int:
    """The common one, else one above the table's own keys, else one below them."""
    own = [span for (key, _), span in spans.items() if key == table.key]
    bits = min((column.type.bits for column in _numbers(schema, table)), default=64)
    own_highest = max((high for _, high in own), default=0)
    for found in (highest, max(own_highest, 0)):
        if found + _ROOM < 1 << (bits - 1):
            return found
    return min(min((low for low, _ in own), default=0), 0) - _ROOM


def _numbers(schema: Schema, table: Table) -> Iterator[Column]:
    """Integer columns that are numbered by the database or referred to."""
    referred = schema.referred_columns(table.key)
    for column in table.columns:
        if column.type.kind is TypeKind.INTEGER and (column.surrogate or column.name in referred):
            yield column
