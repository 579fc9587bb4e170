"""What `session.delete` does before the database acts: SQLAlchemy's documented delete cascades.

Source: the SQLAlchemy ORM manual, "Cascades" and "Using foreign key ON DELETE cascade with ORM
relationships".
"""

from __future__ import annotations

from collections.abc import Iterator

from ormthesis.generation.graph import EntityRef
from ormthesis.generation.objects import Objects
from ormthesis.oracle.reference_database import ReferenceDatabase
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.mapping import Direction, Model, Relationship
from ormthesis.schema.model import Schema

_EAGER = ("joined", "selectin", "subquery", "immediate")


class UnitOfWork:
    """The rows that one flush deletes, and the references that it changes first.

    Objects are named by their first row; all rows of an object go together.
    """

    def __init__(
        self, schema: Schema, database: ReferenceDatabase, objects: Objects, *, loaded: bool
    ) -> None:
        self.schema = schema
        self.database = database
        self.objects = objects
        self.loaded = loaded
        self.doomed: dict[EntityRef, None] = {}

    def delete(self, owner: EntityRef) -> None:
        """Mark an object to be deleted by the next flush, with all that its cascades reach."""
        if owner in self.doomed:
            return
        self.doomed[owner] = None
        for relationship in self._relationships(owner):
            if "delete" in relationship.cascade and self._sees(relationship):
                for other in self.related(relationship, owner):
                    self.delete(other)

    def flush(self) -> None:
        """Write it all into the reference database."""
        rows: dict[tuple[str, EntityRef], None] = {}
        for doomed in self.doomed:
            rows.update(dict.fromkeys(self._secondary_rows(doomed)))
            for relationship, key, child in self._orphans(doomed):
                self.database.set_null(key.table, child, relationship.written)
                self.renew(key.table, child)
            for relationship, table, row in self._posted(doomed):
                self.database.clear(table, row, relationship.written)
        for doomed in self.doomed:
            rows.update(dict.fromkeys(self._rows(doomed)))
        self.database.delete(rows)

    def related(self, relationship: Relationship, owner: EntityRef) -> list[EntityRef]:
        """The objects that a relationship leads to."""
        return [self.objects.owner[other] for _, other in self._related(relationship, owner)]

    def secondary_rows(
        self, relationship: Relationship, owner: EntityRef
    ) -> Iterator[tuple[str, EntityRef, EntityRef]]:
        """Rows that relate an object to others: table, row and the other object."""
        assert relationship.secondary is not None
        table = self.schema.foreign_key(relationship.secondary[0]).table
        for row, other in self._through(relationship, owner):
            if self.objects.is_a(other, relationship.target):
                yield table, row, self.objects.owner[other]

    def renew(self, table: str, ref: EntityRef) -> None:
        """What the UPDATE of a reference supplies beside it."""
        owner = self.objects.owner[ref]
        for place, column in renewed(self.schema, self.objects.models[owner], table):
            self.database.leave_open(place, self.objects.rows[owner][place].ref, [column])

    def _rows(self, owner: EntityRef) -> Iterator[tuple[str, EntityRef]]:
        """The rows of an object that the unit of work deletes itself."""
        model = self.objects.models[owner]
        for table, draft in self.objects.rows[owner].items():
            if not model.passive_deletes or draft.ref == owner:
                yield table, draft.ref

    def _orphans(self, owner: EntityRef) -> Iterator[tuple[Relationship, ForeignKey, EntityRef]]:
        """Children that stay and whose reference the unit of work clears itself."""
        for relationship, key, child in self._children(owner):
            staying = self.objects.owner[child] not in self.doomed
            if staying and relationship.passive_deletes != "all" and not relationship.post_update:
                yield relationship, key, child

    def _posted(self, owner: EntityRef) -> Iterator[tuple[Relationship, str, EntityRef]]:
        """References that `post_update` clears before anything is deleted, of children whether they
        stay or not, and of the object itself."""
        for relationship, key, child in self._children(owner):
            if relationship.post_update:
                yield relationship, key.table, child
        for relationship in self._relationships(owner):
            if (
                relationship.is_to_one
                and relationship.post_update
                and relationship.foreign_key is not None
                and "delete-orphan" not in relationship.cascade
                and relationship.passive_deletes != "all"
                and self._holds(relationship, owner)
            ):
                table = self.schema.foreign_key(relationship.foreign_key).table
                yield relationship, table, self.objects.rows[owner][table].ref

    def _holds(self, relationship: Relationship, owner: EntityRef) -> bool:
        """Whether the session has loaded what a many-to-one leads to."""
        found = self.related(relationship, owner)
        known = self.loaded or relationship.lazy in _EAGER
        return any(known or other in self.doomed for other in found)

    def _children(self, owner: EntityRef) -> Iterator[tuple[Relationship, ForeignKey, EntityRef]]:
        for relationship in self._relationships(owner):
            if (
                relationship.direction is Direction.ONE_TO_MANY
                and self._sees(relationship)
                and relationship.foreign_key is not None
            ):
                key = self.schema.foreign_key(relationship.foreign_key)
                for _, child in self._related(relationship, owner):
                    yield relationship, key, child

    def _secondary_rows(self, owner: EntityRef) -> Iterator[tuple[str, EntityRef]]:
        """Those of the collections that the session knows."""
        for relationship in self._relationships(owner):
            if relationship.secondary is not None and self._sees(relationship):
                for table, row, _ in self.secondary_rows(relationship, owner):
                    yield table, row

    def _relationships(self, owner: EntityRef) -> Iterator[Relationship]:
        model = self.objects.models[owner]
        yield from (each for each in model.relationships if not each.viewonly)

    def _sees(self, relationship: Relationship) -> bool:
        """With passive_deletes only what is loaded is known to the session."""
        if relationship.is_to_one:
            return True
        return self.loaded or not relationship.passive_deletes

    def _related(self, relationship: Relationship, owner: EntityRef) -> list[tuple[str, EntityRef]]:
        """The rows that a relationship leads to, of objects of its class."""
        if relationship.secondary is not None:
            table = self.schema.foreign_key(relationship.secondary[1]).referred_table
            found = [(table, other) for _, other in self._through(relationship, owner)]
        elif relationship.foreign_key is not None:
            key = self.schema.foreign_key(relationship.foreign_key)
            found = self._over_key(key, owner, to_parent=relationship.is_to_one)
        else:
            found = []
        return [pair for pair in found if self.objects.is_a(pair[1], relationship.target)]

    def _over_key(
        self, key: ForeignKey, owner: EntityRef, *, to_parent: bool
    ) -> list[tuple[str, EntityRef]]:
        here, there = (key.columns, key.referred_columns)
        table, other = key.table, key.referred_table
        if not to_parent:
            here, there, table, other = there, here, other, table
        part = self.objects.rows[owner].get(table)
        row = self.database.rows[table].get(part.ref) if part is not None else None
        values = tuple(row.get(column) for column in here) if row is not None else (None,)
        if None in values:
            return []
        return [
            (other, found)
            for found, candidate in self.database.rows.get(other, {}).items()
            if tuple(candidate.get(column) for column in there) == values
        ]

    def _through(
        self, relationship: Relationship, owner: EntityRef
    ) -> Iterator[tuple[EntityRef, EntityRef]]:
        """Rows of the secondary table with the row that each leads to."""
        assert relationship.secondary is not None
        own, theirs = map(self.schema.foreign_key, relationship.secondary)
        for _, row in self._over_key(own, owner, to_parent=False):
            values = self.database.rows[own.table][row]
            wanted = tuple(values.get(column) for column in theirs.columns)
            for other, candidate in self.database.rows.get(theirs.referred_table, {}).items():
                if tuple(candidate.get(name) for name in theirs.referred_columns) == wanted:
                    yield row, other


def renewed(schema: Schema, model: Model | None, table: str) -> frozenset[tuple[str, str]]:
    """The columns, each with its table, that get other values when SQLAlchemy updates the row of an
    object in one of its tables."""
    columns = schema.by_key[table].columns
    found = {(table, each.name) for each in columns if each.onupdate or each.server_onupdate}
    if model is not None and model.version is not None:
        found.add((model.version.table, model.version.column))
    return frozenset(found)
