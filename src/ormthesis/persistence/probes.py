"""Writes a drawn graph as SQL and probes many cases on it, a savepoint each.

Rows are inserted one after the other. Before a row that some cases mutate is written, each of its
mutants is inserted under a savepoint and rolled back; so a probe costs one row, and the graph
itself is written once. All of it is one message where errors are caught on the server; what that
leaves open is written step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial

from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityGraph, graph_keys
from ormthesis.oracle.outcome import Outcome, Rejected
from ormthesis.persistence.at_once import AtOnce
from ormthesis.persistence.graph_sql import Dialogue, GraphSql
from ormthesis.persistence.literals import DriverRefused
from ormthesis.persistence.observation import Observation
from ormthesis.persistence.refusals import Refusals
from ormthesis.persistence.step_by_step import StepByStep
from ormthesis.persistence.wire import Wire

BEGIN = ("BEGIN", "SAVEPOINT graph")
"""Opens the transaction that the prober works in."""
UNDO = "ROLLBACK TO SAVEPOINT graph"

Observations = list[Observation]


class Prober:
    """Observes insert cases inside one transaction, opened with BEGIN, that is never committed."""

    def __init__(self, dialogue: Dialogue, wire: Wire, refusals: Refusals | None = None) -> None:
        self._dialogue = dialogue
        self._wire = wire
        self._refusals = refusals

    def observe(self, graph: EntityGraph, cases: Sequence[Case]) -> Observations:
        """One observation per case: unmutated cases share the graph's own outcome."""
        return self.start(graph, cases)()

    def start(
        self, graph: EntityGraph, cases: Sequence[Case], refused: Container[int] = ()
    ) -> Callable[[], Observations]:
        """Begin to observe; the server works until the result is asked for.

        Nothing else may be sent meanwhile. The cases at the places in `refused` should be refused:
        a guess that costs time where it is wrong, and nothing else.
        """
        stepwise = partial(self._step_by_step, graph, cases, refused)
        if self._refusals is None:
            return stepwise
        try:
            sql = GraphSql(self._dialogue, graph, cases, refused)
            whole = AtOnce(sql, self._refusals, ending=(UNDO,))
        except DriverRefused:
            return stepwise
        self._wire.send(whole.statements)
        return partial(self._finish, whole, graph, cases, stepwise)

    def _finish(
        self,
        whole: AtOnce,
        graph: EntityGraph,
        cases: Sequence[Case],
        stepwise: Callable[[], Observations],
    ) -> Observations:
        reply = self._wire.receive()
        if reply.error is not None:
            self._wire.must([UNDO])
            return stepwise()
        base = whole.take(reply.results)
        found = self._observations(base, whole.outcomes, cases)
        left = [index for index, each in enumerate(found) if each.outcome is None]
        if left:
            again = self._step_by_step(graph, [cases[index] for index in left], ())
            for index, observation in zip(left, again, strict=True):
                found[index] = observation
        return found

    def _step_by_step(
        self, graph: EntityGraph, cases: Sequence[Case], refused: Container[int]
    ) -> Observations:
        sql = GraphSql(self._dialogue, graph, cases, refused)
        writing = StepByStep(sql, self._wire, ending=(UNDO,))
        base = writing.write()
        if isinstance(base, Rejected):
            self._wire.must([UNDO])
        return self._observations(base, writing.outcomes, cases)

    def _observations(
        self, base: Outcome, outcomes: Mapping[int, Outcome], cases: Sequence[Case]
    ) -> Observations:
        keys = graph_keys(self._dialogue.schema)
        return [
            Observation(
                base=base,
                outcome=base if case.mutation is None else outcomes.get(index),
                keys=keys,
            )
            for index, case in enumerate(cases)
        ]
