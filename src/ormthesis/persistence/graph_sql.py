"""The statements that write one drawn graph, and those that probe its rows."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from psycopg.pq.abc import PGresult

from ormthesis.generation.case import Case
from ormthesis.generation.graph import (
    EntityGraph,
    EntityRef,
    Row,
    graph_keys,
    late_columns,
    resolve,
    together,
)
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected, State
from ormthesis.persistence.literals import DriverRefused, Literals
from ormthesis.persistence.reader import Reader
from ormthesis.persistence.rejections import Rejections
from ormthesis.schema.constraints import Exclusion, ForeignKey, Unique
from ormthesis.schema.model import Schema

Stored = dict[EntityRef, dict[str, Any]]
Taker = Callable[[PGresult], None]
"""Understands what one statement returned."""

_JUDGE = "SET CONSTRAINTS ALL IMMEDIATE"


class Dialogue:
    """What it takes to write to one target and to understand the answers."""

    def __init__(
        self, schema: Schema, literals: Literals, reader: Reader, rejections: Rejections
    ) -> None:
        self.schema = schema
        self.literals = literals
        self.reader = reader
        self.rejections = rejections
        deferrable = any(
            rule.deferrable
            for table in schema.tables
            for rule in table.constraints
            if isinstance(rule, (ForeignKey, Unique, Exclusion))
        )
        self.judging = [_JUDGE] if deferrable else []
        """What makes deferred constraints speak; rolled back with the probe's savepoint."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed row, as SQL; `index` is its case's place."""

    index: int
    case: Case
    changed: tuple[str, ...]
    insert: str
    should_be_refused: bool


class GraphSql:
    """One graph as statements. Whatever writes a value raises DriverRefused.

    `refused` holds the places of the cases that should be refused. It decides how they are tried,
    not what is seen of them.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        graph: EntityGraph,
        cases: Sequence[Case] = (),
        refused: Container[int] = (),
    ) -> None:
        self.dialogue = dialogue
        self.graph = graph
        self.rows = resolve(dialogue.schema, graph, graph_keys(dialogue.schema))
        self._refused = refused
        self._texts: dict[EntityRef, dict[str, str]] = {}
        self._cases: dict[EntityRef, list[tuple[int, Case]]] = {}
        for index, case in enumerate(cases):
            if case.mutation is not None:
                self._cases.setdefault(case.mutation.ref, []).append((index, case))

    def table(self, ref: EntityRef) -> str:
        return self.graph.by_ref[ref].table

    def groups(self) -> Iterator[tuple[EntityRef, ...]]:
        """The rows in the order of writing; rows that need one another come together."""
        for draft in self.graph.drafts:
            group = together(self.dialogue.schema, self.graph, draft.ref)
            if draft.ref == group[0]:
                yield group

    def inserts(self, group: Sequence[EntityRef]) -> Iterator[tuple[EntityRef, str]]:
        """What writes the rows, at once where they need one another, and returns each."""
        *others, last = group
        returning = self.dialogue.reader.returning(self.table(last))
        yield last, self._beside(others, self._insert(last) + returning)
        for ref in others:
            owner = self.table(ref)
            names = self.dialogue.schema.by_key[owner].primary_key or tuple(self.rows[ref])
            key = {name: self.rows[ref][name] for name in names}
            where = self.dialogue.literals.where_key(owner, key)
            yield ref, f"{self.dialogue.reader.select(owner)} {where}"

    def is_mutated(self, ref: EntityRef) -> bool:
        return ref in self._cases

    def mutants(
        self, ref: EntityRef, group: Sequence[EntityRef], outcomes: dict[int, Outcome]
    ) -> list[Mutant]:
        """What inserts the row with changes and returns these, those that should be accepted first.

        A change that the driver refuses to write has its outcome already.
        """
        texts = self._texts_of(ref)
        others = [other for other in group if other != ref]
        mutants = []
        for index, case in self._cases.get(ref, ()):
            assert case.mutation is not None
            changes = {change.column: change.new for change in case.mutation.changes}
            try:
                changed = {**texts, **self.dialogue.literals.texts(self.table(ref), changes)}
            except DriverRefused as error:
                rejection = self.dialogue.rejections.from_driver(error)
                outcomes[index] = Rejected(rejection=rejection)
                continue
            insert = self._insert_mutant(self.table(ref), changed, tuple(changes))
            insert, refused = self._beside(others, insert), index in self._refused
            mutants.append(Mutant(index, case, tuple(changes), insert, refused))
        return sorted(mutants, key=lambda mutant: mutant.should_be_refused)

    def accepted(self, ref: EntityRef, mutant: Mutant, result: PGresult) -> Accepted:
        """The outcome of a mutant that was inserted."""
        stored = self.dialogue.reader.some(self.table(ref), mutant.changed, result)
        # A trigger may skip the row without an error: then there is none to read.
        return Accepted(state=State(rows={ref: stored[0]} if stored else {}))

    def taker(self, rows: Stored, ref: EntityRef) -> Taker:
        """Puts the row that an insert returned among `rows`."""

        def take(result: PGresult) -> None:
            # A trigger may skip the row without an error: then there is none to read.
            for row in self.dialogue.reader.rows(self.table(ref), result):
                rows[ref] = row

        return take

    def closing(self, rows: Stored) -> Iterator[tuple[EntityRef, str, Taker]]:
        """The updates that point rows to the later rows that they refer to, and what puts the
        references as they came to stand among `rows`."""
        for ref, late in self._late.items():
            row, table = self.rows[ref], self.table(ref)
            key = {name: row[name] for name in self.dialogue.schema.by_key[table].primary_key}
            changes = {name: row[name] for name in late}
            update = self.dialogue.literals.update(table, changes, key)
            update += self.dialogue.reader.returning_some(table, tuple(changes))
            yield ref, update, self._late_taker(rows, ref, tuple(changes))

    def _late_taker(self, rows: Stored, ref: EntityRef, names: Sequence[str]) -> Taker:
        def take(result: PGresult) -> None:
            for references in self.dialogue.reader.some(self.table(ref), names, result):
                rows.setdefault(ref, {}).update(references)

        return take

    @cached_property
    def _late(self) -> Mapping[EntityRef, frozenset[str]]:
        """Of the rows that wait for later ones: the columns of those references."""
        if not self.graph.late:
            return {}
        found = (
            (draft.ref, late_columns(self.dialogue.schema, self.graph, draft))
            for draft in self.graph.drafts
        )
        return {ref: late for ref, late in found if late}

    def _without_late(self, ref: EntityRef) -> Row:
        row, late = self.rows[ref], self._late.get(ref)
        if late is None:
            return row
        return {name: None if name in late else value for name, value in row.items()}

    def _texts_of(self, ref: EntityRef) -> dict[str, str]:
        """The row's literals, of which each mutant replaces a few."""
        if ref not in self._texts:
            row = self._without_late(ref)
            self._texts[ref] = self.dialogue.literals.texts(self.table(ref), row)
        return self._texts[ref]

    def _insert(self, ref: EntityRef) -> str:
        return self.dialogue.literals.insert_texts(self.table(ref), self._texts_of(ref))

    def _insert_mutant(self, table: str, texts: Mapping[str, str], changed: Sequence[str]) -> str:
        insert = self.dialogue.literals.insert_texts(table, texts)
        return insert + self.dialogue.reader.returning_some(table, changed)

    def _beside(self, others: Sequence[EntityRef], insert: str) -> str:
        """One statement that inserts other rows, too: keys are checked when it ends."""
        parts = [f"w{number} AS ({self._insert(ref)})" for number, ref in enumerate(others)]
        return f"WITH {', '.join(parts)} {insert}" if parts else insert
