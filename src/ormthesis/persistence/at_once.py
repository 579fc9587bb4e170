"""A graph with all its probes in one message: nothing is waited for in between.

Only what goes as expected can be written so: the first error ends the message. Probes that should
be refused go through a function of the server that catches the error; one that is accepted there is
left, since the function does not say what came to stand.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.pq.abc import PGresult

from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected, State
from ormthesis.persistence.graph_sql import GraphSql, Mutant, Stored, Taker
from ormthesis.persistence.refusals import Refusals

AGAIN = "ROLLBACK TO SAVEPOINT probe"


class AtOnce:
    """The message, and what its results show. Raises DriverRefused where a row has no literal."""

    def __init__(self, sql: GraphSql, refusals: Refusals, *, ending: Sequence[str]) -> None:
        self._sql = sql
        self._refusals = refusals
        self._rows: Stored = {}
        self._takers: list[tuple[int, Taker]] = []
        self.statements: list[str] = []
        self.outcomes: dict[int, Outcome] = {}
        """By the case's place; a case without one is left."""
        for group in sql.groups():
            for ref in group:
                self._probe(ref, sql.mutants(ref, group, self.outcomes))
            for ref, insert in sql.inserts(group):
                self._add(insert, sql.taker(self._rows, ref))
        for _, update, taker in sql.closing(self._rows):
            self._add(update, taker)
        self.statements += [*sql.dialogue.judging, *ending]

    def take(self, results: Sequence[PGresult]) -> Accepted:
        """Understand the results, one for each statement; the graph's own outcome."""
        for at, taker in self._takers:
            taker(results[at])
        return Accepted(state=State(rows=self._rows))

    def _probe(self, ref: EntityRef, mutants: Sequence[Mutant]) -> None:
        """Insert each mutant of a row where the row itself will stand."""
        if not mutants:
            return
        judging = self._sql.dialogue.judging
        self.statements.append("SAVEPOINT probe")
        refused = [mutant for mutant in mutants if mutant.should_be_refused]
        if refused:
            call = self._refusals.call([mutant.insert for mutant in refused], judging)
            self._add(call, self._refused(ref, refused))
        for mutant in mutants:
            if not mutant.should_be_refused:
                self._add(mutant.insert, self._accepted(ref, mutant))
                self.statements += [*judging, AGAIN]
        self.statements.append("RELEASE SAVEPOINT probe")

    def _add(self, statement: str, taker: Taker) -> None:
        self._takers.append((len(self.statements), taker))
        self.statements.append(statement)

    def _accepted(self, ref: EntityRef, mutant: Mutant) -> Taker:
        def take(result: PGresult) -> None:
            self.outcomes[mutant.index] = self._sql.accepted(ref, mutant, result)

        return take

    def _refused(self, ref: EntityRef, mutants: Sequence[Mutant]) -> Taker:
        def take(result: PGresult) -> None:
            table, rejections = self._sql.table(ref), self._sql.dialogue.rejections
            for mutant, fields in zip(mutants, self._refusals.answers(result), strict=True):
                if fields is not None:
                    rejection = rejections.from_fields(fields, table, mutant.case.mutation)
                    self.outcomes[mutant.index] = Rejected(rejection=rejection)

        return take
