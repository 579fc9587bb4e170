"""Commits a graph and probes deletes on the committed rows, each under its own transaction.

Rows that the deleting transaction inserted itself make PostgreSQL refuse deletes that it accepts on
committed rows; so deletes are judged on committed rows, in databases that are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ormthesis.core.errors import InternalError
from ormthesis.generation.case import Case, OperationKind
from ormthesis.generation.graph import EntityGraph, EntityRef, Row, graph_keys, resolve
from ormthesis.generation.objects import Classes
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected
from ormthesis.persistence.graph_sql import Dialogue, GraphSql
from ormthesis.persistence.observation import Observation
from ormthesis.persistence.step_by_step import StepByStep
from ormthesis.persistence.wire import Wire

ObjectDelete = Callable[[Case, dict[EntityRef, Row]], Outcome | None]


class Deletions:
    """Observes delete cases on committed rows, and leaves the tables empty."""

    def __init__(self, dialogue: Dialogue, wire: Wire, delete_object: ObjectDelete) -> None:
        self._dialogue = dialogue
        self._wire = wire
        self._delete_object = delete_object
        self._classes = Classes(dialogue.schema)

    def observe(self, graph: EntityGraph, cases: Sequence[Case]) -> list[Observation]:
        keys = graph_keys(self._dialogue.schema)
        rows = resolve(self._dialogue.schema, graph, keys)
        base = self._commit(graph, rows)
        if isinstance(base, Rejected):
            return [Observation(base=base, outcome=None, keys=keys) for _ in cases]
        try:
            by_operation = {case.operation: case for case in cases}
            outcomes = {done: self._delete(case, rows) for done, case in by_operation.items()}
        finally:
            self._clear(graph, rows)
        return [
            Observation(base=base, outcome=outcomes[case.operation], keys=keys) for case in cases
        ]

    def _commit(self, graph: EntityGraph, rows: dict[EntityRef, Row]) -> Outcome:
        self._wire.must(["BEGIN"])
        sql = GraphSql(self._dialogue, graph)
        outcome = StepByStep(sql, self._wire).write()
        self._wire.must(["COMMIT" if isinstance(outcome, Accepted) else "ROLLBACK"])
        return outcome

    def _delete(self, case: Case, rows: dict[EntityRef, Row]) -> Outcome | None:
        if case.operation.kind is OperationKind.DELETE_OBJECT:
            return self._delete_object(case, rows)
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
        self, graph: EntityGraph, statements: Sequence[str], rows: dict[EntityRef, Row]
    ) -> Outcome:
        """One delete with the whole final state, in one message, rolled back."""
        dialogue = self._dialogue
        tables = list(dict.fromkeys(draft.table for draft in graph.drafts))
        selects = [
            dialogue.reader.select(table, (rows[draft.ref] for draft in graph.of_table(table)))
            for table in tables
        ]
        reply = self._wire.run(["BEGIN", *statements, *dialogue.judging, *selects, "ROLLBACK"])
        if reply.error is not None:
            self._wire.must(["ROLLBACK"])
            return Rejected(rejection=dialogue.rejections.from_result(reply.error))
        results = reply.results[-len(tables) - 1 : -1]
        owners = {draft.ref: draft.table for draft in graph.drafts}
        return Accepted(state=dialogue.reader.state(tables, results, rows, owners))

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
