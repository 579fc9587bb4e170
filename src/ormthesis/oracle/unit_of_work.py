"""What `session.delete` does before the database acts: SQLAlchemy's documented delete cascades.

Source: the SQLAlchemy ORM manual, "Cascades" and "Using foreign key ON DELETE cascade with ORM
relationships".
"""

from __future__ import annotations

from collections.abc import Iterator

from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.deletes import ReferenceDatabase
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Direction, Relationship, Schema


class UnitOfWork:
    """The rows that one flush deletes, and the references that it sets to NULL first."""

    def __init__(self, schema: Schema, database: ReferenceDatabase, *, loaded: bool) -> None:
        self.schema = schema
        self.database = database
        self.loaded = loaded
        self.doomed: dict[EntityRef, str] = {}

    def delete(self, table: str, ref: EntityRef) -> None:
        """Flush the delete of one object into the reference database."""
        self._mark(table, ref)
        for doomed, table_key in list(self.doomed.items()):
            for key, child in self._orphans(table_key, doomed):
                self.database.set_null(key.table, child, key.columns)
        self.database.delete([(table_key, doomed) for doomed, table_key in self.doomed.items()])

    def _mark(self, table: str, ref: EntityRef) -> None:
        if ref in self.doomed:
            return
        self.doomed[ref] = table
        for relationship in self._relationships(table):
            if "delete" in relationship.cascade and self._sees(relationship):
                for other_table, other in self._related(relationship, table, ref):
                    self._mark(other_table, other)

    def _orphans(self, table: str, ref: EntityRef) -> Iterator[tuple[ForeignKey, EntityRef]]:
        """Children that stay and whose reference the unit of work clears itself."""
        for relationship in self._relationships(table):
            if (
                relationship.direction is Direction.ONE_TO_MANY
                and relationship.passive_deletes != "all"
                and self._sees(relationship)
                and relationship.foreign_key is not None
            ):
                key = self.schema.foreign_key(relationship.foreign_key)
                for _, child in self._related(relationship, table, ref):
                    if child not in self.doomed:
                        yield key, child

    def _relationships(self, table: str) -> Iterator[Relationship]:
        model = self.schema.models_by_table.get(table)
        if model is not None:
            yield from (
                relationship for relationship in model.relationships if not relationship.viewonly
            )

    def _sees(self, relationship: Relationship) -> bool:
        """With passive_deletes only what is loaded is known to the session."""
        if relationship.direction is Direction.MANY_TO_ONE:
            return True
        return self.loaded or not relationship.passive_deletes

    def _related(
        self, relationship: Relationship, table: str, ref: EntityRef
    ) -> list[tuple[str, EntityRef]]:
        if relationship.foreign_key is None:
            return []
        key = self.schema.foreign_key(relationship.foreign_key)
        row = self.database.rows[table][ref]
        if relationship.direction is Direction.MANY_TO_ONE:
            here, there, other = key.columns, key.referred_columns, key.referred_table
        else:
            here, there, other = key.referred_columns, key.columns, key.table
        values = tuple(row.get(column) for column in here)
        if None in values:
            return []
        return [
            (other, found)
            for found, candidate in self.database.rows.get(other, {}).items()
            if tuple(candidate.get(column) for column in there) == values
        ]
