"""Commits a graph and probes deletes and updates on it, each under its own transaction.

Rows that the deleting transaction inserted itself make PostgreSQL refuse deletes that it accepts on
committed rows; so they are judged on committed rows, in databases that are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ormthesis.core.errors import InternalError
from ormthesis.generation.actions import Action
from ormthesis.generation.case import Case, Operation
from ormthesis.generation.graph import EntityGraph, EntityRef, Row, graph_keys, resolve
from ormthesis.generation.key_updates import followed
from ormthesis.generation.objects import Classes
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected
from ormthesis.persistence.graph_sql import Dialogue, GraphSql
from ormthesis.persistence.observation import Observation
from ormthesis.persistence.step_by_step import StepByStep
from ormthesis.persistence.wire import Wire

ThroughOrm = Callable[[Case, dict[EntityRef, Row]], Outcome | None]

_NOT_YET: Any = object()
_NOTHING: Mapping[EntityRef, Row] = {}


class CommittedRows:
    """Observes what is done with committed rows, and leaves the tables empty."""

    def __init__(self, dialogue: Dialogue, wire: Wire, through_orm: ThroughOrm) -> None:
        self._dialogue = dialogue
        self._wire = wire
        self._through_orm = through_orm
        self._classes = Classes(dialogue.schema)

    def observe(self, graph: EntityGraph, cases: Sequence[Case]) -> list[Observation]:
        keys = graph_keys(self._dialogue.schema)
        rows = resolve(self._dialogue.schema, graph, keys)
        base = self._commit(graph, rows)
        if isinstance(base, Rejected):
            return [Observation(base=base, outcome=None, keys=keys) for _ in cases]
        try:
            outcomes = [*self._outcomes(cases, rows)]
        finally:
            self._clear(graph, rows)
        return [Observation(base=base, outcome=outcome, keys=keys) for outcome in outcomes]

    def _outcomes(
        self, cases: Sequence[Case], rows: dict[EntityRef, Row]
    ) -> Iterator[Outcome | None]:
        """What several cases do alike is done once."""
        done: list[tuple[Operation, Outcome | None]] = []
        for case in cases:
            same = (outcome for operation, outcome in done if operation == case.operation)
            outcome = next(same, _NOT_YET)
            if outcome is _NOT_YET:
                outcome = self._act(case, rows)
                done.append((case.operation, outcome))
            yield outcome

    def _commit(self, graph: EntityGraph, rows: dict[EntityRef, Row]) -> Outcome:
        self._wire.must(["BEGIN"])
        sql = GraphSql(self._dialogue, graph)
        outcome = StepByStep(sql, self._wire).write()
        self._wire.must(["COMMIT" if isinstance(outcome, Accepted) else "ROLLBACK"])
        return outcome

    def _act(self, case: Case, rows: dict[EntityRef, Row]) -> Outcome | None:
        operation = case.operation
        if operation.through_orm:
            return self._through_orm(case, rows)
        if operation.action is not None:
            return self._update(case.graph, operation.action, rows)
        return self._delete(case, rows)

    def _update(self, graph: EntityGraph, action: Action, rows: dict[EntityRef, Row]) -> Outcome:
        """Rows are known again by the keys that they have then, too."""
        table, values = graph.by_ref[action.ref].table, action.values
        key = self.key(table, rows[action.ref])
        statement = self._dialogue.literals.update(table, values, key)
        later = followed(self._dialogue.schema, graph, rows, action.ref, values)
        return self._run(graph, [statement], rows, later)

    def _delete(self, case: Case, rows: dict[EntityRef, Row]) -> Outcome:
        ref = case.operation.ref
        if ref is None:
            raise InternalError("a delete needs a row")
        drafts = [case.graph.by_ref[ref]]
        if case.operation.whole:
            drafts = self._classes.rows_of(case.graph, ref)
        statements = [
            self._dialogue.literals.delete(draft.table, self.key(draft.table, rows[draft.ref]))
            for draft in reversed(drafts)
        ]
        return self._run(case.graph, statements, rows)

    def key(self, table: str, row: Row) -> Row:
        declared = self._dialogue.schema.by_key[table]
        names = declared.primary_key or tuple(row)
        return {name: row[name] for name in names}

    def _run(
        self,
        graph: EntityGraph,
        statements: Sequence[str],
        rows: dict[EntityRef, Row],
        later: Mapping[EntityRef, Row] = _NOTHING,
    ) -> Outcome:
        """One operation with the whole final state, in one message, rolled back.

        `later` are the rows as they may be then, where their keys may change.
        """
        dialogue = self._dialogue
        tables = list(dict.fromkeys(draft.table for draft in graph.drafts))
        selects = [
            dialogue.reader.select(
                table,
                (found[d.ref] for d in graph.of_table(table) for found in (rows, later) if found),
            )
            for table in tables
        ]
        reply = self._wire.run(["BEGIN", *statements, *dialogue.judging, *selects, "ROLLBACK"])
        if reply.error is not None:
            self._wire.must(["ROLLBACK"])
            return Rejected(rejection=dialogue.rejections.from_result(reply.error))
        results = reply.results[-len(tables) - 1 : -1]
        owners = {draft.ref: draft.table for draft in graph.drafts}
        return Accepted(state=dialogue.reader.state(tables, results, rows, owners, later))

    def _clear(self, graph: EntityGraph, rows: dict[EntityRef, Row]) -> None:
        """Remove what was committed: children first, or all at once where rows form cycles."""
        dialogue = self._dialogue
        if dialogue.schema.occupied.tables:
            self._clear_ours(graph, rows)
            return
        tables = list(dict.fromkeys(draft.table for draft in reversed(graph.drafts)))
        names = [dialogue.literals.tables[table] for table in tables]
        reply = self._wire.run(["BEGIN", *(f"DELETE FROM {name}" for name in names), "COMMIT"])
        if reply.error is not None:
            self._wire.must(["ROLLBACK", f"TRUNCATE {', '.join(names)} CASCADE"])

    def _clear_ours(self, graph: EntityGraph, rows: dict[EntityRef, Row]) -> None:
        """The same row by row, where others stay; without triggers where rows form cycles."""
        wire, literals = self._wire, self._dialogue.literals
        deletes = [
            literals.delete(draft.table, self.key(draft.table, rows[draft.ref]))
            for draft in reversed(graph.drafts)
        ]
        if wire.run(["BEGIN", *deletes, "COMMIT"]).error is not None:
            unchecked = "SET LOCAL session_replication_role = replica"
            wire.must(["ROLLBACK", "BEGIN", unchecked, *deletes, "COMMIT"])
