"""A graph with its probes, in as many messages as it takes to understand every refusal.

A rejected probe leaves the next message to roll back to the savepoint, which stays defined: the
nesting never grows.
"""

from __future__ import annotations

from collections.abc import Sequence

from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected, State
from ormthesis.persistence.at_once import AGAIN
from ormthesis.persistence.graph_sql import GraphSql, Mutant, Stored, Taker
from ormthesis.persistence.literals import DriverRefused
from ormthesis.persistence.wire import Wire


class StepByStep:
    """The state of one graph's writing. `ending` is sent with the last rows."""

    def __init__(self, sql: GraphSql, wire: Wire, *, ending: Sequence[str] = ()) -> None:
        self._sql = sql
        self._wire = wire
        self._ending = ending
        self.outcomes: dict[int, Outcome] = {}
        """By the case's place."""
        self._pending: list[str] = []
        self._takers: list[tuple[EntityRef, Taker]] = []
        """Of the pending statements that return rows."""
        self._stored: Stored = {}

    def write(self) -> Outcome:
        """The graph's own outcome; the probes' are in `outcomes`."""
        try:
            for group in self._sql.groups():
                for ref in group:
                    if self._sql.is_mutated(ref) and (rejected := self._probe_all(ref, group)):
                        return rejected
                for ref, insert in self._sql.inserts(group):
                    self._pending.append(insert)
                    self._takers.append((ref, self._sql.taker(self._stored, ref)))
            return self._finish()
        except DriverRefused as error:
            return Rejected(rejection=self._sql.dialogue.rejections.from_driver(error))

    def _probe_all(self, ref: EntityRef, group: Sequence[EntityRef]) -> Rejected | None:
        """Insert each mutant of a row where the row itself will stand."""
        if rejected := self._send([*self._pending, "SAVEPOINT probe"]):
            return rejected
        self._run(ref, self._sql.mutants(ref, group, self.outcomes))
        self._pending[:0] = [AGAIN, "RELEASE SAVEPOINT probe"]
        return None

    def _run(self, ref: EntityRef, mutants: list[Mutant]) -> None:
        """Try the inserts one after the other, as many in a message as are likely to be accepted.

        A refusal ends its message; the number of results before it tells which insert it was.
        """
        judging = self._sql.dialogue.judging
        size = 2 + len(judging)
        while mutants:
            batch = _up_to_a_refusal(mutants)
            statements = [part for mutant in batch for part in (AGAIN, mutant.insert, *judging)]
            reply = self._wire.run(statements)
            done = len(reply.results) // size
            for number, mutant in enumerate(batch[:done]):
                result = reply.results[number * size + 1]
                self.outcomes[mutant.index] = self._sql.accepted(ref, mutant, result)
            if reply.error is not None:
                refused = batch[done]
                rejection = self._sql.dialogue.rejections.from_result(
                    reply.error, self._sql.table(ref), refused.case.mutation
                )
                self.outcomes[refused.index] = Rejected(rejection=rejection)
                done += 1
            mutants = mutants[done:]

    def _send(self, statements: list[str]) -> Rejected | None:
        """Send what is pending; None when all of it was taken."""
        reply = self._wire.run(statements)
        takers, self._pending, self._takers = self._takers, [], []
        written = [result for result in reply.results if result.nfields]
        for (_, take), result in zip(takers, written, strict=False):
            take(result)
        if reply.error is None:
            return None
        failed = takers[len(written)][0] if len(written) < len(takers) else None
        table = self._sql.table(failed) if failed else None
        return Rejected(rejection=self._sql.dialogue.rejections.from_result(reply.error, table))

    def _finish(self) -> Outcome:
        for ref, update, taker in self._sql.closing(self._stored):
            self._pending.append(update)
            self._takers.append((ref, taker))
        if self._pending or self._ending:
            statements = [*self._pending, *self._sql.dialogue.judging, *self._ending]
            if rejected := self._send(statements):
                return rejected
        return Accepted(state=State(rows=self._stored))


def _up_to_a_refusal(mutants: Sequence[Mutant]) -> Sequence[Mutant]:
    """Those before the first that should be refused, and that one."""
    for number, mutant in enumerate(mutants):
        if mutant.should_be_refused:
            return mutants[: number + 1]
    return mutants
