"""Valid graphs are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class AcceptedFailure(Failure):
    invariant = "accepted"
    broken = "refuses rows that its declarations allow, or stores something else"


class Accepted(Invariant):
    """Rows that keep every declared rule are taken, and stored as they were written.

    A database that refuses them has a rule that the models do not know: a stricter constraint, a
    trigger, a type that is too narrow. The application would meet it in production.
    """

    id = "accepted"
    title = "Valid graphs are accepted"
    mode = Mode.POSITIVE
    failure = AcceptedFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [Subject(id=table.key)]

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        yield Case(graph=drawing.graph, subject=drawing.table.key)
