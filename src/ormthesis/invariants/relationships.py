"""Relationships: both sides tell the same, after a flush and after a reload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ormthesis.generation.case import INSERT_OBJECTS, Case
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.invariants.attribution import only
from ormthesis.invariants.base import Context, Drawing, Judged, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.objects import ObjectInvariant, refused_by_server
from ormthesis.oracle.judge import Mismatch
from ormthesis.schema.model import Direction, Relationship, Table


@dataclass(frozen=True, kw_only=True)
class RelationshipsFailure(Failure):
    invariant = "relationships"
    broken = "does not lead to the rows that its foreign key relates"


class RelationshipsInvariant(ObjectInvariant):
    """A relationship leads to exactly the rows whose foreign key says so, from both sides.

    Differences come from joins that follow another key, from scalar relationships over keys that
    are not unique, and from two relationships over one key that do not know of each other.
    """

    id = "relationships"
    title = "Relationships agree with their foreign keys, from both sides"
    failure = RelationshipsFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        model = context.model(table)
        for relationship in model.relationships if model else ():
            yield Subject(id=relationship.id, reason=self._reason(context, table, relationship))

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, children=True)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        wanted = tuple(sorted(drawing.subjects))
        operation = replace(INSERT_OBJECTS, related=wanted)
        for subject in wanted:
            yield Case(graph=drawing.graph, operation=operation, subject=subject)

    def _reason(self, context: Context, table: Table, relationship: Relationship) -> str:
        if relationship.viewonly:
            return "viewonly relationships are not tested yet"
        if relationship.direction is Direction.MANY_TO_MANY:
            return "many-to-many relationships are not tested yet"
        if relationship.foreign_key is None:
            return "its join follows no declared foreign key"
        target = context.schema.model(relationship.target).table
        other = context.schema.by_key[target]
        return self.unmapped(context, table) or self.unmapped(context, other)

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        if refused_by_server(judged):
            return None
        subject = judged.case.subject
        return only(judged.mismatch, lambda difference: difference.column == subject)
