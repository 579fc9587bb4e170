"""Reads rows back and labels them with the refs of the graph that they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from psycopg.pq.abc import PGresult

from ormthesis.generation.graph import EntityRef, Row
from ormthesis.oracle.coercion import coerce
from ormthesis.oracle.outcome import State
from ormthesis.persistence.literals import Literals
from ormthesis.persistence.raw_values import normaliser
from ormthesis.persistence.wire import Wire
from ormthesis.schema.model import Schema, Table

_NOTHING: Mapping[EntityRef, Row] = {}


class Reader:
    """Column lists per table, and rows from results in that column order."""

    def __init__(self, schema: Schema, literals: Literals, wire: Wire) -> None:
        self._schema = schema
        self._wire = wire
        self._literals = literals
        self._columns = {
            table.key: ", ".join(
                literals.columns[table.key][column.name] for column in table.columns
            )
            for table in schema.tables
        }
        self._names = literals.tables
        self._quoted = literals.columns
        self._converts = {table.key: dict(_coercions(table)) for table in schema.tables}
        self._coercions = {key: list(found.items()) for key, found in self._converts.items()}

    def returning(self, table: str) -> str:
        return f" RETURNING {self._columns[table]}"

    def returning_some(self, table: str, names: Sequence[str]) -> str:
        """For the few columns that a probe is about."""
        quoted = self._quoted[table]
        return f" RETURNING {', '.join(map(quoted.__getitem__, names)) or 'NULL'}"

    def some(self, table: str, names: Sequence[str], result: PGresult) -> list[dict[str, Any]]:
        """The rows of such a result."""
        converts = self._converts[table]
        return [
            {
                name: convert(value) if (convert := converts[name]) else value
                for name, value in zip(names, values, strict=bool(names))
            }
            for values in self._wire.rows(result)
        ]

    def select(self, table: str, written: Iterable[Row] = ()) -> str:
        """The whole table; of one that held rows before, those that were written."""
        query = f"SELECT {self._columns[table]} FROM {self._names[table]}"
        if table not in self._schema.occupied.tables:
            return query
        ours = " OR ".join(f"({self._condition(table, row)})" for row in written)
        return f"{query} WHERE {ours or 'false'}"

    def _condition(self, table: str, row: Row) -> str:
        names = _identifying(self._schema.by_key[table])
        key = {name: row.get(name) for name in names}
        return self._literals.where_key(table, key).removeprefix("WHERE ")

    def rows(self, table: str, result: PGresult) -> list[dict[str, Any]]:
        """The rows of a result with every column of the table, as stored values."""
        names = self._coercions[table]
        return [
            {
                name: convert(value) if convert else value
                for (name, convert), value in zip(names, values, strict=True)
            }
            for values in self._wire.rows(result)
        ]

    def state(
        self,
        tables: Iterable[str],
        results: Iterable[PGresult],
        written: dict[EntityRef, Row],
        owners: Mapping[EntityRef, str],
        later: Mapping[EntityRef, Row] = _NOTHING,
    ) -> State:
        """Whole tables as a state. A row is known by its primary key among those `written`, or by
        the one that it may have `later`; rows of a table without one that are alike stand for one
        another."""
        by_key: dict[tuple[Any, ...], list[EntityRef]] = {}
        for ref, written_row in reversed(written.items()):
            rows = [written_row, later[ref]] if ref in later else [written_row]
            names = {self._identity(owners[ref], self._stored(owners[ref], row)) for row in rows}
            for name in names:
                by_key.setdefault(name, []).append(ref)
        found: dict[EntityRef, dict[str, Any]] = {}
        for table, result in zip(tables, results, strict=True):
            for index, row in enumerate(self.rows(table, result)):
                refs = by_key.get(self._identity(table, row))
                found[refs.pop() if refs else EntityRef(f"{table}?", index)] = row
        return State(rows=found)

    def _stored(self, table: str, row: Row) -> Row:
        types = self._schema.by_key[table].types
        return {name: types[name].stored(value) for name, value in row.items()}

    def _identity(self, table: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
        declared = self._schema.by_key[table]
        return (
            table,
            *(
                repr(coerce(declared.by_name[name].type, row.get(name)))
                for name in _identifying(declared)
            ),
        )


def _identifying(table: Table) -> tuple[str, ...]:
    """What tells rows apart, whatever a delete does to the references of those without a key."""
    if table.primary_key:
        return table.primary_key
    names = tuple(column.name for column in table.columns)
    return tuple(name for name in names if name not in table.foreign_key_columns) or names


def _coercions(table: Table) -> list[tuple[str, Callable[[Any], Any] | None]]:
    return [(column.name, normaliser(column.type)) for column in table.columns]
