"""What the ORM writes comes back equal in a new session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ormthesis.generation.case import INSERT_OBJECTS, Case
from ormthesis.invariants.attribution import only
from ormthesis.invariants.base import Context, Drawing, Judged, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.objects import ObjectInvariant, classes_of
from ormthesis.oracle.judge import Difference, Mismatch
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class RoundTripFailure(Failure):
    invariant = "round-trip"
    broken = "does not come back as it was written"


class RoundTripInvariant(ObjectInvariant):
    """Objects that are flushed come back from a new session with every value equal.

    Differences are values that a type rounds, pads, cuts or shifts, that a trigger rewrites, or
    that a custom type sends and reads differently. Documented coercions of PostgreSQL are expected.
    """

    id = "round-trip"
    title = "Objects come back as they were written"
    failure = RoundTripFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        reason = self.unmapped(context, table)
        for model in classes_of(context, table):
            yield Subject(id=model.name, reason=model.untestable or reason)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        """One for each wanted class that the graph has an object of."""
        schema, classes = drawing.context.schema, drawing.context.strategies.inheritance.classes
        for model in schema.models_of.get(drawing.table.key, ()):
            if model.name not in drawing.subjects:
                continue
            prefer = None if model == schema.models_by_table[drawing.table.key] else model.name
            objects = classes.objects(drawing.graph, prefer)
            if model in objects.models.values():
                operation = replace(INSERT_OBJECTS, model=prefer)
                yield Case(graph=drawing.graph, operation=operation, subject=model.name)

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        """What is wrong with objects of other classes is found by those classes' cases."""
        classes = context.strategies.inheritance.classes
        objects = classes.objects(judged.case.graph, judged.case.operation.model)

        def own(difference: Difference) -> bool:
            if difference.ref is None:
                return False
            model = objects.models.get(objects.owner.get(difference.ref, difference.ref))
            return model is None or model.name == judged.case.subject

        return only(judged.mismatch, own)
