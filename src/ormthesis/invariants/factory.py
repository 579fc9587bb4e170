"""Factories make rows that the declarations allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.invariants.base import Context, Drawing, Invariant, Judged, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.oracle.judge import Mismatch, Verdict
from ormthesis.oracle.oracle import Oracle
from ormthesis.oracle.outcome import Refusal, Rejected
from ormthesis.persistence.observation import Observation
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class FactoryFailure(Failure):
    invariant = "factory"
    broken = "makes rows that the database refuses"


class FactoryInvariant(Invariant):
    """A factory makes rows that its model's rules allow.

    Tests build on factories; one that makes invalid rows fails them for a reason that is not
    theirs, or only now and then.
    """

    id = "factory"
    title = "Factories make valid rows"
    mode = Mode.POSITIVE
    failure = FactoryFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        source = context.factories.get(table.key)
        return [Subject(id=source.name)] if source else []

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, rows=(1, 1))

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        draft = drawing.pick()
        source = drawing.context.factories.get(drawing.table.key)
        if draft is None or source is None:
            return
        for name, value in drawing.draw(source.values).items():
            if name in draft.values:
                draft = draft.with_value(name, value)
        yield Case(graph=drawing.graph.replace(draft), subject=source.name)

    def judge(
        self, context: Context, oracle: Oracle, observed: Iterable[tuple[Case, Observation]]
    ) -> Iterator[Judged]:
        """A row that the declarations refuse, as the database does, is the factory's fault.

        That the database refuses a valid row is the finding of another invariant.
        """
        for case, observation in observed:
            prediction, outcome = self.predict(oracle, case, observation.keys), observation.base
            refused = isinstance(prediction, Refusal) and isinstance(outcome, Rejected)
            yield Judged(
                case=case,
                prediction=prediction,
                outcome=outcome,
                mismatch=Mismatch(verdict=Verdict.INVALID_ROW) if refused else None,
            )
