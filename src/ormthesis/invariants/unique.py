"""Unique keys refuse duplicates, and nothing but duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import Row
from ormthesis.generation.rows import Condition
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.schema.constraints import Check, PrimaryKey, Unique
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class UniqueFailure(Failure):
    invariant = "unique"
    broken = "does not refuse duplicates, or refuses more than duplicates"


@dataclass(frozen=True, kw_only=True)
class PrimaryKeyFailure(Failure):
    invariant = "primary-key"
    broken = "does not refuse duplicates, or refuses more than duplicates"


class KeyInvariant(Invariant):
    """Two rows that share all but the column under test show keys that are too narrow or wide."""

    rule_type: type[Unique] | type[PrimaryKey]
    mode = Mode.NEGATIVE
    company = "keys"

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [
            Subject(id=rule.id, reason=self._reason(context, rule))
            for rule in table.constraints_of(self.rule_type)
        ]

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, rows=(2, 3), parents=2)

    def strategies(self, context: Context, table: Table) -> GraphStrategies:
        """Rows that have an entry in every key of the table, so that each can collide."""
        keys = table.constraints_of(Unique)
        wheres = tuple(rule.where for rule in keys if rule.where is not None)
        columns = frozenset(name for rule in keys for name in rule.columns)
        condition = Condition(not_null=columns, selected=wheres)
        return context.strategies.where(table.key, condition)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        drafts = drawing.drafts
        if len(drafts) < 2:
            return
        rows = drawing.rows()
        first, last = rows[drafts[0].ref], rows[drafts[-1].ref]
        for rule in drawing.table.constraints_of(self.rule_type):
            if rule.id not in drawing.subjects:
                continue
            for kind, changes in _collisions(drawing.table, rule, first):
                for draft in drafts[1:]:
                    yield drawing.mutation(draft, rows[draft.ref], kind, rule.id, changes)
            if drawing.exhaustive:
                yield from _equal_nulls(drawing, rule, first, last)

    def _reason(self, context: Context, rule: Unique | PrimaryKey) -> str:
        if isinstance(rule, Unique) and rule.expressions:
            return "keys over expressions are not read yet"
        predicate = context.book.predicates.get(rule.id)
        if predicate is not None and predicate.opaque:
            return f"its WHERE cannot be read: {predicate.opaque}"
        return ""


def _collisions(
    table: Table, rule: Unique | PrimaryKey, first: Mapping[str, Any]
) -> Iterator[tuple[MutationKind, dict[str, Any]]]:
    """The whole key copied; all of it but one column; all of it with one column NULL."""
    key = {name: first[name] for name in rule.columns}
    yield MutationKind.DUPLICATE, key
    for name in rule.columns:
        if len(key) > 1:
            yield MutationKind.EDGE, {other: key[other] for other in key if other != name}
        if table.by_name[name].nullable:
            yield MutationKind.EDGE, {**key, name: None}


def _equal_nulls(
    drawing: Drawing, rule: Unique | PrimaryKey, first: Row, last: Row
) -> Iterator[Case]:
    """Two rows with the same key, NULL in one column: no duplicate unless NULLs are not distinct.

    Only for columns that no CHECK reads, so that the first row stays valid.
    """
    checked = {name for check in drawing.table.constraints_of(Check) for name in check.columns}
    one, other = drawing.drafts[0], drawing.drafts[-1]
    for name in rule.columns:
        if drawing.table.by_name[name].nullable and name in one.values and name not in checked:
            twin = replace(drawing, graph=drawing.graph.replace(one.with_value(name, None)))
            key = {**{each: first[each] for each in rule.columns}, name: None}
            yield twin.mutation(other, last, MutationKind.EDGE, rule.id, key)


class UniqueInvariant(KeyInvariant):
    """A unique constraint or unique index refuses a second row with the same key.

    It takes rows that differ in any one column of the key, that have a NULL in it, or that its
    WHERE leaves out. A key that is too wide lets duplicates in; one that is too narrow refuses
    valid rows.
    """

    id = "unique"
    title = "Unique keys refuse duplicates"
    rule_type = Unique
    failure = UniqueFailure


class PrimaryKeyInvariant(KeyInvariant):
    """A primary key refuses a second row with the same key, and only that."""

    id = "primary-key"
    title = "Primary keys refuse duplicates"
    rule_type = PrimaryKey
    failure = PrimaryKeyFailure
