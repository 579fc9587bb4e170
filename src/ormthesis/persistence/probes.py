"""Writes a drawn graph as SQL and probes many cases on it, a savepoint each.

Rows are inserted one after the other. Before a row that some cases mutate is written, each of its
mutants is inserted under a savepoint and rolled back; so a probe costs one row and one message, and
the graph itself is written once. A rejected probe leaves the next message to roll back to the
savepoint, which stays defined: the nesting never grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ormthesis.generation.case import Case, GenerationMode
from ormthesis.generation.graph import (
    EntityGraph,
    EntityRef,
    KeySource,
    Row,
    graph_keys,
    late_columns,
    resolve,
    together,
)
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected, State
from ormthesis.persistence.literals import DriverRefused, Literals
from ormthesis.persistence.observation import Observation
from ormthesis.persistence.reader import Reader
from ormthesis.persistence.refusals import Refusals
from ormthesis.persistence.rejections import Rejections
from ormthesis.persistence.wire import Wire
from ormthesis.schema.constraints import Exclusion, ForeignKey, Unique
from ormthesis.schema.model import Schema

BEGIN = ("BEGIN", "SAVEPOINT graph")
"""Opens the transaction that `Prober.observe` works in."""
UNDO = "ROLLBACK TO SAVEPOINT graph"
_AGAIN = "ROLLBACK TO SAVEPOINT probe"
_JUDGE = "SET CONSTRAINTS ALL IMMEDIATE"


class Prober:
    """Observes insert cases inside one transaction, opened with BEGIN, that is never committed."""

    def __init__(
        self,
        *,
        schema: Schema,
        literals: Literals,
        wire: Wire,
        reader: Reader,
        rejections: Rejections,
        refusals: Refusals | None = None,
    ) -> None:
        self.schema = schema
        self.literals = literals
        self.wire = wire
        self.reader = reader
        self.rejections = rejections
        self.refusals = refusals
        self._deferrable = any(
            rule.deferrable
            for table in schema.tables
            for rule in table.constraints
            if isinstance(rule, (ForeignKey, Unique, Exclusion))
        )

    def observe(self, graph: EntityGraph, cases: Sequence[Case]) -> list[Observation]:
        """One observation per case: unmutated cases share the graph's own outcome."""
        keys = graph_keys(self.schema)
        writing = Writing(self, graph, cases, keys, ending=(UNDO,))
        base = writing.write()
        if isinstance(base, Rejected):
            self.wire.must([UNDO])
        return [
            Observation(
                base=base,
                outcome=base if case.mutation is None else writing.outcomes.get(index),
                keys=keys,
            )
            for index, case in enumerate(cases)
        ]

    def insert(self, table: str, row: Row) -> str:
        return self.literals.insert(table, row) + self.reader.returning(table)

    def insert_mutant(self, table: str, texts: Mapping[str, str], changed: Sequence[str]) -> str:
        """The row with these literals; what came to stand in the changed columns is returned."""
        insert = self.literals.insert_texts(table, texts)
        return insert + self.reader.returning_some(table, changed)

    @property
    def judging(self) -> list[str]:
        """What makes deferred constraints speak; rolled back with the probe's savepoint."""
        return [_JUDGE] if self._deferrable else []


class Writing:
    """The state of one graph's writing. `ending` is sent with the last rows."""

    def __init__(
        self,
        prober: Prober,
        graph: EntityGraph,
        cases: Sequence[Case],
        keys: KeySource,
        *,
        ending: Sequence[str] = (),
    ) -> None:
        self._ending = ending
        self.prober = prober
        self.graph = graph
        self.rows = resolve(prober.schema, graph, keys)
        self.outcomes: dict[int, Outcome] = {}
        self._pending: list[str] = []
        self._pending_refs: list[EntityRef] = []
        self._stored: dict[EntityRef, dict[str, Any]] = {}
        self._mutants: dict[EntityRef, list[tuple[int, Case]]] = {}
        for index, case in enumerate(cases):
            if case.mutation is not None:
                self._mutants.setdefault(case.mutation.ref, []).append((index, case))

    def write(self) -> Outcome:
        """The graph's own outcome; the probes' are in `outcomes`."""
        for draft in self.graph.drafts:
            group = together(self.prober.schema, self.graph, draft.ref)
            if draft.ref != group[0]:
                continue  # written together with the first
            for ref in group:
                others = [other for other in group if other != ref]
                if ref in self._mutants and (rejected := self._probe_all(ref, others)):
                    return rejected
            try:
                self._queue(group)
            except DriverRefused as error:
                return Rejected(rejection=self.prober.rejections.from_driver(error))
        return self._finish()

    def _queue(self, group: Sequence[EntityRef]) -> None:
        """Insert the rows, at once where they need one another; what is stored is read back."""
        *others, last = group
        row, table = self.rows[last], self.graph.by_ref[last].table
        insert = self.prober.insert(table, self._without_late(last, row))
        self._pending.append(self._beside(others, insert))
        for ref in others:
            owner = self.graph.by_ref[ref].table
            names = self.prober.schema.by_key[owner].primary_key or tuple(self.rows[ref])
            key = {name: self.rows[ref][name] for name in names}
            where = self.prober.literals.where_key(owner, key)
            self._pending.append(f"{self.prober.reader.select(owner)} {where}")
        self._pending_refs += [last, *others]

    def _beside(self, others: Sequence[EntityRef], insert: str) -> str:
        """One statement that inserts other rows, too: keys are checked when it ends."""
        parts = [
            f"w{number} AS ({self.prober.literals.insert(table, self._without_late(ref, row))})"
            for number, ref in enumerate(others)
            for table, row in ((self.graph.by_ref[ref].table, self.rows[ref]),)
        ]
        return f"WITH {', '.join(parts)} {insert}" if parts else insert

    def _without_late(self, ref: EntityRef, row: Row) -> Row:
        late = self.late_columns(ref)
        return (
            {name: None if name in late else value for name, value in row.items()} if late else row
        )

    def late_columns(self, ref: EntityRef) -> frozenset[str]:
        """Columns of references that wait for a later row."""
        return late_columns(self.prober.schema, self.graph, self.graph.by_ref[ref])

    def _probe_all(self, ref: EntityRef, others: Sequence[EntityRef]) -> Rejected | None:
        """Insert each mutant of a row where the row itself will stand."""
        prefix = [*self._pending, "SAVEPOINT probe"]
        if rejected := self._send(prefix):
            return rejected
        try:
            texts = self._texts(ref)
        except DriverRefused as error:
            return Rejected(rejection=self.prober.rejections.from_driver(error))
        mutants = [*self._mutants_of(ref, texts, others)]
        self._run(ref, self._without_refused(ref, mutants))
        self._pending[:0] = [_AGAIN, "RELEASE SAVEPOINT probe"]
        return None

    def _texts(self, ref: EntityRef) -> dict[str, str]:
        """The row's literals, of which each mutant replaces a few."""
        row, table = self._without_late(ref, self.rows[ref]), self.graph.by_ref[ref].table
        return self.prober.literals.texts(table, row)

    def _mutants_of(
        self, ref: EntityRef, texts: Mapping[str, str], others: Sequence[EntityRef]
    ) -> Iterator[_Mutant]:
        """The inserts to try, those that should be accepted first."""
        table = self.graph.by_ref[ref].table
        cases = self._mutants[ref]
        for index, case in sorted(cases, key=lambda item: item[1].mode is GenerationMode.INVALID):
            assert case.mutation is not None
            changes = {change.column: change.new for change in case.mutation.changes}
            try:
                changed = {**texts, **self.prober.literals.texts(table, changes)}
                names = tuple(changes)
                insert = self.prober.insert_mutant(table, changed, names)
                yield _Mutant(index, case, names, self._beside(others, insert))
            except DriverRefused as error:
                rejection = self.prober.rejections.from_driver(error)
                self.outcomes[index] = Rejected(rejection=rejection)

    def _without_refused(self, ref: EntityRef, mutants: list[_Mutant]) -> list[_Mutant]:
        """Try those that should be refused together; what is left has to be looked at singly."""
        tried = [mutant for mutant in mutants if mutant.case.mode is GenerationMode.INVALID]
        if self.prober.refusals is None or len(tried) < 2:
            return mutants
        statements = [mutant.insert for mutant in tried]
        answers = self.prober.refusals.attempt(_AGAIN, statements, self.prober.judging)
        table = self.graph.by_ref[ref].table
        for mutant, fields in zip(tried, answers or (), strict=False):
            if fields is not None:
                rejection = self.prober.rejections.from_fields(fields, table, mutant.case.mutation)
                self.outcomes[mutant.index] = Rejected(rejection=rejection)
        return [mutant for mutant in mutants if mutant.index not in self.outcomes]

    def _run(self, ref: EntityRef, mutants: list[_Mutant]) -> None:
        """Try the inserts one after the other, as many in a message as are likely to be accepted.

        A refusal ends its message; the number of results before it tells which insert it was.
        """
        table, judging = self.graph.by_ref[ref].table, self.prober.judging
        size = 2 + len(judging)
        while mutants:
            batch = _up_to_a_refusal(mutants)
            statements = [part for mutant in batch for part in (_AGAIN, mutant.insert, *judging)]
            reply = self.prober.wire.run(statements)
            done = len(reply.results) // size
            for number, mutant in enumerate(batch[:done]):
                result = reply.results[number * size + 1]
                stored = self.prober.reader.some(table, mutant.changed, result)
                # A trigger may skip the row without an error: then there is none to read.
                state = State(rows={ref: stored[0]} if stored else {})
                self.outcomes[mutant.index] = Accepted(state=state)
            if reply.error is not None:
                refused = batch[done]
                rejection = self.prober.rejections.from_result(
                    reply.error, table, refused.case.mutation
                )
                self.outcomes[refused.index] = Rejected(rejection=rejection)
                done += 1
            mutants = mutants[done:]

    def _send(self, statements: list[str]) -> Rejected | None:
        """Send what is pending; None when all of it was taken."""
        reply = self.prober.wire.run(statements)
        refs, self._pending, self._pending_refs = self._pending_refs, [], []
        inserted = [result for result in reply.results if result.nfields]
        for ref, result in zip(refs, inserted, strict=False):
            # A trigger may skip the row without an error: then there is none to read.
            for row in self.prober.reader.rows(self.graph.by_ref[ref].table, result):
                self._stored[ref] = row
        if reply.error is None:
            return None
        failed = refs[len(inserted)] if len(inserted) < len(refs) else None
        table = self.graph.by_ref[failed].table if failed else None
        return Rejected(rejection=self.prober.rejections.from_result(reply.error, table))

    def _finish(self) -> Outcome:
        closing = [statement for ref in self.rows for statement in self.close_late(ref)]
        if self._pending or closing or self._ending:
            statements = [*self._pending, *closing, *self.prober.judging, *self._ending]
            if rejected := self._send(statements):
                return rejected
        return Accepted(state=State(rows=self._closed()))

    def close_late(self, ref: EntityRef) -> list[str]:
        """The update that points a row to the later rows that it refers to."""
        late = self.late_columns(ref)
        if not late:
            return []
        row, table = self.rows[ref], self.graph.by_ref[ref].table
        key = {name: row[name] for name in self.prober.schema.by_key[table].primary_key}
        return [self.prober.literals.update(table, {name: row[name] for name in late}, key)]

    def _closed(self) -> dict[EntityRef, dict[str, Any]]:
        """The rows as stored, with the references that were closed afterwards."""
        for ref, stored in self._stored.items():
            for name in self.late_columns(ref):
                stored[name] = self.rows[ref][name]
        return self._stored


@dataclass(frozen=True, slots=True)
class _Mutant:
    """One changed row, as SQL; `index` is its case's place."""

    index: int
    case: Case
    changed: tuple[str, ...]
    insert: str


def _up_to_a_refusal(mutants: Sequence[_Mutant]) -> Sequence[_Mutant]:
    """Those before the first that should be refused, and that one."""
    for number, mutant in enumerate(mutants):
        if mutant.case.mode is GenerationMode.INVALID:
            return mutants[: number + 1]
    return mutants
