"""What the ORM writes comes back equal in a new session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ormthesis.generation.case import INSERT_OBJECTS, Case
from ormthesis.invariants.attribution import only
from ormthesis.invariants.base import Context, Drawing, Judged, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.objects import ObjectInvariant
from ormthesis.oracle.judge import Mismatch
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
        if context.model(table) is None:
            return []
        return [Subject(id=context.schema.name_of(table.key), reason=self.unmapped(context, table))]

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        if drawing.drafts:
            subject = drawing.context.schema.name_of(drawing.table.key)
            yield Case(graph=drawing.graph, operation=INSERT_OBJECTS, subject=subject)

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        return only(judged.mismatch, lambda difference: difference.ref is not None)
