"""What a DELETE leaves behind, by the declared referential actions.

This predicts the declared result: the order in which PostgreSQL fires its triggers has no part in
it. NO ACTION refuses where a referencing row still exists when all is done. RESTRICT may refuse as
soon as there is one: where another key's action removes that row, PostgreSQL's order decides, and
both outcomes are as declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any

from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.defaults import default_value
from ormthesis.oracle.outcome import (
    Accepted,
    Prediction,
    Refusal,
    State,
    StoredRow,
    Unspecified,
)
from ormthesis.oracle.raising import Objections, objections
from ormthesis.oracle.violations import Violations
from ormthesis.schema.constraints import Check, ForeignKey, NotNull, ReferentialAction, Unique
from ormthesis.schema.model import Schema


class ReferenceDatabase:
    """Rows by table, and the consequences of deleting some of them."""

    def __init__(
        self,
        schema: Schema,
        violations: Violations,
        rows: Mapping[str, Mapping[EntityRef, StoredRow]],
    ) -> None:
        self.schema = schema
        self.violations = violations
        self.rows: dict[str, dict[EntityRef, dict[str, Any]]] = {
            table: {ref: dict(row) for ref, row in found.items()} for table, found in rows.items()
        }
        self._restricting: set[str] = set()
        self._touched: dict[EntityRef, str] = {}

    def delete(self, doomed: Iterable[tuple[str, EntityRef]]) -> None:
        """Remove rows at once, then apply the actions of every key that referred to them."""
        removed = [
            (table, self.rows[table].pop(ref)) for table, ref in doomed if ref in self.rows[table]
        ]
        referring = [
            (key, row) for table, row in removed for key in self.schema.referring.get(table, ())
        ]
        for key, row in referring:
            restricts = key.on_delete is ReferentialAction.RESTRICT
            if restricts and self._referring_rows(key, row):
                self._restricting.add(key.id)
        for key, row in referring:
            self._act(key, row)

    def set_null(self, table: str, ref: EntityRef, columns: Iterable[str]) -> None:
        row = self.rows[table][ref]
        row.update(dict.fromkeys(columns))
        self._touched[ref] = table
        self.leave_open(
            table, ref, (c.name for c in self.schema.by_key[table].columns if c.server_onupdate)
        )

    def leave_open(self, table: str, ref: EntityRef, columns: Iterable[str]) -> None:
        """An UPDATE gives these columns values that nobody knows."""
        self.rows[table][ref].update(dict.fromkeys(columns, Unspecified.ANY))

    def predict(self) -> Prediction:
        """The final state, or the rules that refuse it."""
        broken = self._broken_by_actions() | self._left_dangling()
        found = reduce(or_, self._objections(), Objections(rules=frozenset(broken)))
        if found:
            return Refusal(rules=found.rules | self._restricting, errors=found.errors)
        state = State(rows={ref: row for rows in self.rows.values() for ref, row in rows.items()})
        unless = self._undecided() | self._restricting
        return Accepted(state=state, unless=unless, errors=found.errors)

    def _objections(self) -> Iterator[Objections]:
        """Errors of expressions about rows that the delete changes."""
        for ref, table_key in self._touched.items():
            if (row := self.rows[table_key].get(ref)) is not None:
                yield objections(self.violations.book, self.schema.by_key[table_key], row)

    def _undecided(self) -> frozenset[str]:
        """Rules that read a default which the declarations leave open."""
        found: set[str] = set()
        for ref, table_key in self._touched.items():
            if (row := self.rows[table_key].get(ref)) is not None:
                found.update(self.violations.undecided(self.schema.by_key[table_key], row))
        return frozenset(found)

    def _act(self, key: ForeignKey, parent: StoredRow) -> None:
        children = self._referring_rows(key, parent)
        if not children:
            return
        match key.on_delete:
            case ReferentialAction.CASCADE:
                self.delete([(key.table, ref) for ref in children])
            case ReferentialAction.SET_NULL:
                for ref in children:
                    self.set_null(key.table, ref, key.columns)
            case ReferentialAction.SET_DEFAULT:
                self._set_default(key, children)
            case ReferentialAction.RESTRICT | ReferentialAction.NO_ACTION:
                pass  # whether the row is still there is asked when all is done

    def _set_default(self, key: ForeignKey, children: list[EntityRef]) -> None:
        columns = self.schema.by_key[key.table].by_name
        for ref in children:
            for name in key.columns:
                value = default_value(columns[name], through_orm=False)
                self.rows[key.table][ref][name] = value
            self._touched[ref] = key.table

    def _referring_rows(self, key: ForeignKey, parent: StoredRow) -> list[EntityRef]:
        values = tuple(parent.get(column) for column in key.referred_columns)
        if None in values:
            return []
        return [
            ref
            for ref, row in self.rows.get(key.table, {}).items()
            if tuple(row.get(column) for column in key.columns) == values
        ]

    def _broken_by_actions(self) -> set[str]:
        """Rules of the rows' own that setting a reference to NULL breaks."""
        broken: set[str] = set()
        for ref, table_key in self._touched.items():
            row = self.rows[table_key].get(ref)
            if row is None:
                continue
            table = self.schema.by_key[table_key]
            for rule in table.constraints:
                if isinstance(rule, (NotNull, Check, Unique)) and self.violations.breaks(
                    rule, table, ref, row, self.rows
                ):
                    broken.add(rule.id)
        return broken

    def _left_dangling(self) -> set[str]:
        return {
            key.id
            for table in self.schema.tables
            for key in table.foreign_keys
            for ref, row in self.rows.get(table.key, {}).items()
            if self.violations.breaks(key, table, ref, row, self.rows)
        }
