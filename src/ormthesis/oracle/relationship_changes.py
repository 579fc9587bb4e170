"""What a flush writes when relationships were changed, every object around being loaded.

Source: the SQLAlchemy ORM manual, "Cascades", "Relationship Configuration" and "Controlling Cascade
on Backrefs".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ormthesis.generation.actions import Action, ActionKind
from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.unit_of_work import UnitOfWork
from ormthesis.schema.mapping import Relationship
from ormthesis.schema.model import Schema


class RelationshipChanges:
    """Takes single changes, each with what it sets off on the other side."""

    def __init__(self, schema: Schema, unit: UnitOfWork) -> None:
        self._schema = schema
        self._unit = unit

    def take(self, action: Action) -> None:
        """Write the change into the unit of work, which has to be flushed."""
        relationship = self._schema.relationship(action.relationship or "")
        owner = self._object(action.ref)
        other = self._object(action.other) if action.other is not None else None
        match action.kind:
            case ActionKind.POINT:
                self._point(relationship, owner, other)
            case ActionKind.PUT_IN if other is not None:
                self._put_in(relationship, owner, other)
            case ActionKind.TAKE_OUT if other is not None:
                self._take_out(relationship, owner, other)

    def _point(self, relationship: Relationship, owner: EntityRef, other: EntityRef | None) -> None:
        """A many-to-one attribute; the collection on the other side follows."""
        before = [found for found in self._unit.related(relationship, owner) if found != other]
        reverse = self._schema.reverse_of(relationship)
        if other is not None and reverse is not None and not reverse.uselist:
            self._displace(reverse, other, but=owner)
        orphaned = reverse is not None and "delete-orphan" in reverse.cascade
        if other is None and before and orphaned:
            self._unit.delete(owner)
        self._refer(relationship, child=owner, parent=other)
        if "delete-orphan" in relationship.cascade:
            for found in before:
                self._unit.delete(found)

    def _put_in(self, relationship: Relationship, owner: EntityRef, other: EntityRef) -> None:
        if not relationship.uselist:
            self._displace(relationship, owner, but=other)
        self._refer(relationship, child=other, parent=owner)

    def _take_out(self, relationship: Relationship, owner: EntityRef, other: EntityRef) -> None:
        if relationship.secondary is not None:
            self._separate(relationship, owner, other)
        elif "delete-orphan" in relationship.cascade:
            self._unit.delete(other)
        elif (
            relationship.passive_deletes != "all"
            or self._schema.reverse_of(relationship) is not None
        ):
            self._refer(relationship, child=other, parent=None)

    def _displace(self, relationship: Relationship, owner: EntityRef, *, but: EntityRef) -> None:
        """A scalar leads to one object: the one before gives way."""
        for found in self._unit.related(relationship, owner):
            if found == but:
                continue
            if "delete-orphan" in relationship.cascade:
                self._unit.delete(found)
            else:
                table, row, written = self._reference(relationship, found)
                self._unit.database.clear(table, row, written)
                self._unit.renew(table, row)

    def _separate(self, relationship: Relationship, owner: EntityRef, other: EntityRef) -> None:
        found = self._unit.secondary_rows(relationship, owner)
        rows = [(table, row) for table, row, related in found if related == other]
        self._unit.database.delete(rows)
        if "delete-orphan" in relationship.cascade:
            self._unit.delete(other)

    def _refer(
        self, relationship: Relationship, *, child: EntityRef, parent: EntityRef | None
    ) -> None:
        """Set the columns of the key that the relationship writes."""
        if child in self._unit.doomed:
            return
        table, row, written = self._reference(relationship, child)
        values: dict[str, Any] = dict.fromkeys(written)
        if parent is not None:
            values |= {n: v for n, v in self._values(relationship, parent) if n in written}
        self._unit.database.update(table, row, values)
        self._unit.renew(table, row)

    def _reference(
        self, relationship: Relationship, child: EntityRef
    ) -> tuple[str, EntityRef, tuple[str, ...]]:
        """The row that holds the reference, and the columns."""
        key = self._schema.foreign_key(relationship.foreign_key or "")
        return key.table, self._unit.objects.rows[child][key.table].ref, relationship.written

    def _values(self, relationship: Relationship, parent: EntityRef) -> Iterator[tuple[str, Any]]:
        key = self._schema.foreign_key(relationship.foreign_key or "")
        row = self._unit.objects.rows[parent][key.referred_table].ref
        held = self._unit.database.rows[key.referred_table][row]
        for name, referred in zip(key.columns, key.referred_columns, strict=True):
            yield name, held[referred]

    def _object(self, ref: EntityRef) -> EntityRef:
        return self._unit.objects.owner.get(ref, ref)
