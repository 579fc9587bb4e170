"""Statements with literal values: what probes send, and what a printed reproduction shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.persistence.literal_values import DIALECT, DriverRefused, Render, renderer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

    from ormthesis.schema.models import Models

__all__ = ["DriverRefused", "Literals"]


class Literals:
    """Writes SQL text for the tables of one target.

    Values are Python values, as in `generation.graph.Row`; None is SQL NULL. What each column
    needs is looked up once, so that a simple value costs about half a microsecond. Tables are
    named by their key, columns by their name in the database.
    """

    def __init__(self, models: Models) -> None:
        preparer = DIALECT.identifier_preparer
        self.tables: Mapping[str, str] = {
            key: preparer.format_table(table) for key, table in models.tables.items()
        }
        """Table key to its quoted name."""
        self.columns: Mapping[str, Mapping[str, str]] = {
            key: {column.name: preparer.quote(column.name) for column in table.columns}
            for key, table in models.tables.items()
        }
        """Table key to column name to its quoted name."""
        self._renderers: Mapping[str, Mapping[str, Render]] = {
            table.key: {column.name: renderer(column.type) for column in table.columns}
            for table in models.schema.tables
        }
        self._always: Mapping[str, frozenset[str]] = {
            key: _always_numbered(table) for key, table in models.tables.items()
        }
        self._inserts: dict[tuple[str, tuple[str, ...]], tuple[str, tuple[Render, ...]]] = {}

    def literal(self, table: str, column: str, value: Any) -> str:
        """One value as the column takes it. Raises DriverRefused."""
        return self._renderers[table][column](value)

    def insert(self, table: str, row: Mapping[str, Any]) -> str:
        """`INSERT INTO agents (id, name) VALUES (1, 'a')`. Raises DriverRefused."""
        names = tuple(row)
        found = self._inserts.get((table, names))
        if found is None:
            found = self._inserts[table, names] = self._insert_head(table, names)
        head, renderers = found
        values = [render(value) for render, value in zip(renderers, row.values(), strict=True)]
        return f"{head}{', '.join(values)})" if values else head

    def texts(self, table: str, row: Mapping[str, Any]) -> dict[str, str]:
        """The row's values as literals, by column. Raises DriverRefused."""
        renderers = self._renderers[table]
        return {name: renderers[name](value) for name, value in row.items()}

    def insert_texts(self, table: str, texts: Mapping[str, str]) -> str:
        """`insert` for values that are literals already."""
        names = tuple(texts)
        found = self._inserts.get((table, names))
        if found is None:
            found = self._inserts[table, names] = self._insert_head(table, names)
        return f"{found[0]}{', '.join(texts.values())})" if texts else found[0]

    def update(self, table: str, changes: Mapping[str, Any], key: Mapping[str, Any]) -> str:
        """`UPDATE agents SET name = 'b' WHERE id = 1`. Raises DriverRefused."""
        quoted = self.columns[table]
        pairs = ", ".join(
            f"{quoted[name]} = {self.literal(table, name, value)}"
            for name, value in changes.items()
        )
        return f"UPDATE {self.tables[table]} SET {pairs} {self.where_key(table, key)}"

    def delete(self, table: str, key: Mapping[str, Any]) -> str:
        """`DELETE FROM agents WHERE id = 1`."""
        return f"DELETE FROM {self.tables[table]} {self.where_key(table, key)}"

    def where_key(self, table: str, key: Mapping[str, Any]) -> str:
        """`WHERE id = 1`, for every column in `key`."""
        return "WHERE " + " AND ".join(self._equals(table, name, key[name]) for name in key)

    def _equals(self, table: str, name: str, value: Any) -> str:
        quoted = self.columns[table][name]
        if value is None:
            return f"{quoted} IS NULL"
        return f"{quoted} = {self.literal(table, name, value)}"

    def _insert_head(self, table: str, names: tuple[str, ...]) -> tuple[str, tuple[Render, ...]]:
        if not names:
            return f"INSERT INTO {self.tables[table]} DEFAULT VALUES", ()
        quoted = ", ".join(self.columns[table][name] for name in names)
        overriding = "" if self._always[table].isdisjoint(names) else "OVERRIDING SYSTEM VALUE "
        head = f"INSERT INTO {self.tables[table]} ({quoted}) {overriding}VALUES ("
        return head, tuple(self._renderers[table][name] for name in names)


def _always_numbered(table: sa.Table) -> frozenset[str]:
    """Columns GENERATED ALWAYS AS IDENTITY, which take a value only when told to."""
    return frozenset(
        column.name for column in table.columns if column.identity and column.identity.always
    )
