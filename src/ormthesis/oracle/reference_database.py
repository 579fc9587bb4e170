"""A database in memory that keeps what the declarations promise: rows, and what changes of some do
to others.

This predicts the declared result: the order in which PostgreSQL fires its triggers has no part in
it. NO ACTION refuses where a referencing row has lost its row when all is done. RESTRICT may refuse
as soon as there is a referencing row: where another key's action removes that row, PostgreSQL's
order decides, and both outcomes are as declared.

Source: the PostgreSQL manual, CREATE TABLE, "REFERENCES".
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
from ormthesis.oracle.raising import Objections
from ormthesis.oracle.violations import Violations
from ormthesis.schema.constraints import Check, ForeignKey, NotNull, ReferentialAction
from ormthesis.schema.model import Schema


class ReferenceDatabase:
    """Rows by table, and the consequences of deleting or changing some of them."""

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
        self._changed: dict[tuple[str, EntityRef], set[str]] = {}
        self._cleared: dict[tuple[str, EntityRef], set[str]] = {}
        self._broken_at_once: set[str] = set()

    def delete(self, doomed: Iterable[tuple[str, EntityRef]]) -> None:
        """Remove rows at once, then apply the actions of every key that referred to them."""
        removed = [
            (table, self.rows[table].pop(ref)) for table, ref in doomed if ref in self.rows[table]
        ]
        referring = [
            (key, row) for table, row in removed for key in self.schema.referring.get(table, ())
        ]
        self._restrict((key, row) for key, row in referring if _restricts(key.on_delete))
        for key, row in referring:
            self._on_delete(key, row)

    def update(self, table: str, ref: EntityRef, values: Mapping[str, Any]) -> None:
        """Change stored values of a row, then apply the actions of every key whose referenced
        columns have changed. Columns that the server renews are open from then on."""
        row = self.rows[table][ref]
        before = dict(row)
        row.update(values)
        self._changed.setdefault((table, ref), set()).update(values)
        self.leave_open(
            table, ref, (c.name for c in self.schema.by_key[table].columns if c.server_onupdate)
        )
        moved = [
            key
            for key in self.schema.referring.get(table, ())
            if any(before.get(name) != row.get(name) for name in key.referred_columns)
        ]
        self._restrict((key, before) for key in moved if _restricts(key.on_update))
        for key in moved:
            self._on_update(key, before, row)

    def set_null(self, table: str, ref: EntityRef, columns: Iterable[str]) -> None:
        self.update(table, ref, dict.fromkeys(columns))

    def clear(self, table: str, ref: EntityRef, columns: Iterable[str]) -> None:
        """The same where it is declared: a rule that refuses it contradicts the declaration."""
        columns = set(columns)
        self._cleared.setdefault((table, ref), set()).update(columns)
        self.set_null(table, ref, columns)
        declared = self.schema.by_key[table]
        row = self.rows[table][ref]
        for rule in (*declared.constraints_of(NotNull), *declared.constraints_of(Check)):
            if columns & {*rule.columns} and self.violations.breaks(
                rule, declared, ref, row, self.rows
            ):
                self._broken_at_once.add(rule.id)  # though the row may be deleted next

    def leave_open(self, table: str, ref: EntityRef, columns: Iterable[str]) -> None:
        """An UPDATE gives these columns values that nobody knows."""
        self.rows[table][ref].update(dict.fromkeys(columns, Unspecified.ANY))

    def predict(self) -> Prediction:
        """The final state, or the rules that refuse it."""
        broken = self._left_dangling() | self._broken_at_once
        found = reduce(or_, self._objections(), Objections(rules=broken))
        if found:
            # A rule that nobody can decide may fire first.
            rules = found.rules | self._restricting | self._undecided()
            clashing = found.rules & self._read_cleared()
            return Refusal(rules=rules, errors=found.errors, clashing=clashing)
        state = State(rows={ref: row for rows in self.rows.values() for ref, row in rows.items()})
        unless = self._undecided() | self._restricting
        return Accepted(state=state, unless=unless, errors=found.errors)

    def _still_there(self) -> Iterator[tuple[str, EntityRef, dict[str, Any], frozenset[str]]]:
        """Rows that were changed and not removed, with the columns that were."""
        for (table, ref), columns in self._changed.items():
            if (row := self.rows[table].get(ref)) is not None:
                yield table, ref, row, frozenset(columns)

    def _objections(self) -> Iterator[Objections]:
        """Rules that changed rows break, and errors of expressions about them."""
        for key, ref, row, columns in self._still_there():
            table = self.schema.by_key[key]
            yield self.violations.objections(table, ref, row, self.rows, columns)

    def _read_cleared(self) -> frozenset[str]:
        """Rules, keys apart, that read a column which an action has cleared."""
        return frozenset(
            rule.id
            for (key, _), columns in self._cleared.items()
            for rule in self.schema.by_key[key].constraints
            if not isinstance(rule, ForeignKey) and columns & {*self.violations.reads(rule)}
        )

    def _undecided(self) -> frozenset[str]:
        """Rules that read a value which the declarations leave open."""
        return frozenset(
            rule
            for key, _, row, _ in self._still_there()
            for rule in self.violations.undecided(self.schema.by_key[key], row)
        )

    def _restrict(self, referring: Iterable[tuple[ForeignKey, StoredRow]]) -> None:
        """Note the keys that refuse as long as a row refers to what goes."""
        self._restricting |= {key.id for key, row in referring if self._referring_rows(key, row)}

    def _on_delete(self, key: ForeignKey, parent: StoredRow) -> None:
        children = self._referring_rows(key, parent)
        match key.on_delete:
            case ReferentialAction.CASCADE if children:
                self.delete([(key.table, ref) for ref in children])
            case ReferentialAction.SET_NULL:
                for ref in children:
                    self.clear(key.table, ref, key.cleared or key.columns)
            case ReferentialAction.SET_DEFAULT:
                self._assign(key, children, self._defaults(key, key.cleared or key.columns))
            case _:
                pass  # whether the row still refers to nothing is asked when all is done

    def _on_update(self, key: ForeignKey, before: StoredRow, row: StoredRow) -> None:
        children = self._referring_rows(key, before)
        match key.on_update:
            case ReferentialAction.CASCADE:
                pairs = zip(key.columns, key.referred_columns, strict=True)
                self._assign(key, children, {name: row[referred] for name, referred in pairs})
            case ReferentialAction.SET_NULL:
                for ref in children:
                    self.clear(key.table, ref, key.columns)
            case ReferentialAction.SET_DEFAULT:
                self._assign(key, children, self._defaults(key, key.columns))
            case _:
                pass  # as above

    def _assign(
        self, key: ForeignKey, children: Iterable[EntityRef], values: Mapping[str, Any]
    ) -> None:
        for ref in children:
            self.update(key.table, ref, values)

    def _defaults(self, key: ForeignKey, names: Iterable[str]) -> dict[str, Any]:
        columns = self.schema.by_key[key.table].by_name
        return {name: default_value(columns[name], through_orm=False) for name in names}

    def _referring_rows(self, key: ForeignKey, parent: StoredRow) -> list[EntityRef]:
        values = tuple(parent.get(column) for column in key.referred_columns)
        if None in values:
            return []
        return [
            ref
            for ref, row in self.rows.get(key.table, {}).items()
            if tuple(row.get(column) for column in key.columns) == values
        ]

    def _left_dangling(self) -> frozenset[str]:
        return frozenset(
            key.id
            for table in self.schema.tables
            for key in table.foreign_keys
            for ref, row in self.rows.get(table.key, {}).items()
            if self.violations.breaks(key, table, ref, row, self.rows)
        )


def _restricts(action: ReferentialAction) -> bool:
    return action is ReferentialAction.RESTRICT
