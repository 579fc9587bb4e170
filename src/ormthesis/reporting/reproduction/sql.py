"""A failing case as plain SQL for psql."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.engine.reproductions import Reproduction
from ormthesis.generation.case import OperationKind
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import Verdict
from ormthesis.persistence.literals import DriverRefused, Literals
from ormthesis.reporting.reproduction.plan import (
    Delete,
    Insert,
    Plan,
    Step,
    Update,
    defers,
    key_of,
    plan,
    shown_row,
)
from ormthesis.reporting.reproduction.script_questions import query_text
from ormthesis.reporting.reproduction.wording import (
    observed_text,
    operation_text,
    predicted_text,
)
from ormthesis.reporting.rows import returned_lines
from ormthesis.schema.model import Column, DefaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ormthesis.generation.graph import Row
    from ormthesis.oracle.judge import Difference
    from ormthesis.oracle.outcome import Breach
    from ormthesis.schema.models import Models


def sql_for(source: Failure | Reproduction, models: Models) -> str:
    """SQL that shows the failure in a database that has the tables and none of these rows.

    For psql without ON_ERROR_STOP: the statement that is refused goes on to the clean-up. What
    only the ORM does cannot be shown in SQL; a comment says so.
    """
    found = Reproduction.of(source, target="") if isinstance(source, Failure) else source
    return "\n".join([*_head(found), *_Writer(found, models).lines()]) + "\n"


def _head(found: Reproduction) -> Iterator[str]:
    yield from _comment(found.title)
    yield from _comment(f"{found.invariant} of {found.model}, failure {found.id}")
    yield "-- Run with psql on a database that has the tables of the models and none of these rows."
    if found.case.operation.through_orm:
        yield "-- The failure was seen through the ORM; SQL comes as near as it can."
        yield "-- The Python script does the same as the run did."


class _Writer:
    """Writes one reproduction."""

    def __init__(self, found: Reproduction, models: Models) -> None:
        self._found = found
        self._models = models
        self._literals = Literals(models)
        self._plan: Plan = plan(found.case, models.schema)
        mutation = found.case.mutation
        self._mutated = (mutation.ref, mutation.columns) if mutation else (None, ())

    def lines(self) -> Iterator[str]:
        if self._found.case.operation.kind is OperationKind.VALIDATE:
            yield "-- Only the model is asked: there is no SQL for it."
            return
        committed = self._found.isolation is Isolation.COMMITTED and bool(self._plan.setup)
        yield "BEGIN;"
        for step in self._plan.setup:
            yield from self._step(step)
        yield from ("COMMIT;", "BEGIN;") if committed else ("SAVEPOINT probe;",)
        yield ""
        yield from _comment(f"operation: {operation_text(self._found)}")
        yield from _comment(f"predicted: {predicted_text(self._found)}")
        yield from _comment(f"observed: {observed_text(self._found)}")
        for step in self._plan.action:
            yield from self._step(step)
        if defers(self._models.schema):
            yield "SET CONSTRAINTS ALL IMMEDIATE;"
        yield from self._queries()
        yield ""
        yield from self._clean_up() if committed else ("ROLLBACK TO SAVEPOINT probe;", "ROLLBACK;")

    def _step(self, step: Step) -> Iterator[str]:
        refs = [each.ref for each in step.together] if isinstance(step, Insert) else [step.ref]
        yield from _comment(", ".join(map(str, refs)))
        try:
            yield self._statement(step) + ";"
        except DriverRefused as error:
            yield from _comment(f"no SQL: the driver refuses the row ({error})")

    def _statement(self, step: Step) -> str:
        match step:
            case Insert():
                rows = step.together
                return _at_once([self._literals.insert(row.table, self._row(row)) for row in rows])
            case Update():
                return self._literals.update(step.table, step.changes, step.key)
            case Delete():
                return self._literals.delete(step.table, step.key)

    def _row(self, step: Insert) -> Row:
        table = self._models.schema.by_key[step.table]
        keep = self._mutated[1] if step.ref == self._mutated[0] else ()
        row = shown_row(table, step.row, keep)
        if self._found.case.operation.kind is OperationKind.INSERT_OBJECTS:
            # What the ORM would supply, as far as it does not depend on the statement.
            for column in table.columns:
                if row.get(column.name) is None and _is_supplied(column):
                    row[column.name] = self._default(column)
        return row

    def _default(self, column: Column) -> Any:
        declared = self._models.tables[column.table].columns
        default = next(found.default for found in declared if found.name == column.name)
        arg = getattr(default, "arg", None)
        try:
            return arg(None) if callable(arg) else arg
        except AttributeError:  # a default that looks at the statement's other values
            return None

    def _queries(self) -> Iterator[str]:
        """A SELECT for each value that is not as predicted."""
        if self._found.breach is not None:
            yield from self._asked(self._found.breach)
        if self._found.verdict is Verdict.WRONG_STATE:
            for item in self._found.differences:
                yield from self._query(item)

    def _asked(self, breach: Breach) -> Iterator[str]:
        """The user's query, with what it returned; of a predicate what it said."""
        query = query_text(self._models, self._found.case.operation.asks)
        if query:
            yield from _comment(f"{self._found.invariant} must return no row; it returned")
            yield from (f"--   {line}" for line in returned_lines(breach))
            yield f"{query};"
            return
        yield from _comment(f"{self._found.invariant} is Python, and asked by the Python script")
        yield from _comment(breach.message) if breach.message else ()

    def _query(self, item: Difference) -> Iterator[str]:
        draft = self._plan.graph.by_ref.get(item.ref) if item.ref else None
        if draft is None or item.view != "database":
            return
        table = self._models.schema.by_key[draft.table]
        name = self._literals.tables[table.key]
        what = self._literals.columns[table.key][item.column] if item.column else "count(*)"
        where = self._literals.where_key(table.key, key_of(table, self._plan.rows[draft.ref]))
        yield f"SELECT {what} FROM {name} {where};"

    def _clean_up(self) -> Iterator[str]:
        yield "ROLLBACK;"
        yield "-- clean-up"
        steps = self._plan.setup
        for step in steps:
            if isinstance(step, Update):
                empty = dict.fromkeys(step.changes)
                yield self._literals.update(step.table, empty, step.key) + ";"
        for step in reversed(steps):
            if isinstance(step, Insert):
                yield _at_once([self._delete(row) for row in step.together]) + ";"

    def _delete(self, step: Insert) -> str:
        key = key_of(self._models.schema.by_key[step.table], self._plan.before[step.ref])
        return self._literals.delete(step.table, key)


def _at_once(statements: Sequence[str]) -> str:
    """One statement: keys are checked when it ends."""
    *others, last = statements
    parts = [f"w{number} AS ({statement})" for number, statement in enumerate(others)]
    return f"WITH {', '.join(parts)} {last}" if parts else last


def _is_supplied(column: Column) -> bool:
    kinds = (DefaultKind.SCALAR, DefaultKind.CALLABLE)
    return column.default is not None and column.default.kind in kinds


def _comment(text: str) -> Iterator[str]:
    """Each line of the text behind two dashes."""
    for line in text.splitlines() or [""]:
        yield f"-- {line}".rstrip()
