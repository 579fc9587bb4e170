"""Relationships: both sides tell the same, after a flush and after a reload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ormthesis.generation.case import INSERT_OBJECTS, Case
from ormthesis.generation.layouts import Pin, link_pins
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.invariants.attribution import only
from ormthesis.invariants.base import Context, Drawing, Judged, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.objects import ObjectInvariant, refused_by_server, unknown_join
from ormthesis.oracle.judge import Mismatch
from ormthesis.schema.mapping import Model, Relationship
from ormthesis.schema.model import Table


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
        for model in context.schema.models_of.get(table.key, ()):
            for relationship in model.relationships:
                if relationship.model == model.name:
                    reason = self._reason(context, table, model, relationship)
                    yield Subject(id=relationship.id, reason=reason)

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, children=True)

    def pins(self, context: Context, table: Table) -> tuple[Pin, ...]:
        """A pair for each relationship."""
        models = context.schema.models_of.get(table.key, ())
        found = [each for model in models for each in model.relationships]
        keys = [each.foreign_key or (each.secondary or ("",))[0] for each in found]
        return link_pins(context.schema, filter(None, keys), context.strategies.patterns)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        """All together; rows of a secondary table are written through each side in turn."""
        wanted = tuple(sorted(drawing.subjects))
        writing = {
            relationship.id
            for relationships in drawing.context.schema.through.values()
            for relationship in relationships
        }
        operation = replace(INSERT_OBJECTS, related=wanted)
        for subject in wanted:
            way = replace(operation, through=subject) if subject in writing else operation
            yield Case(graph=drawing.graph, operation=way, subject=subject)

    def _reason(
        self, context: Context, table: Table, model: Model, relationship: Relationship
    ) -> str:
        if unknown := unknown_join(relationship):
            return unknown
        target = context.schema.model(relationship.target)
        others = {target.table}
        if relationship.secondary is not None:
            others.add(context.schema.foreign_key(relationship.secondary[0]).table)
        reasons = (self.unmapped(context, context.schema.by_key[other]) for other in others)
        return (
            model.untestable
            or target.untestable
            or self.unmapped(context, table)
            or next(filter(None, reasons), "")
        )

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        if refused_by_server(judged):
            return None
        subject = judged.case.subject
        return only(judged.mismatch, lambda difference: difference.column == subject)
