"""Unique keys refuse duplicates, and nothing but duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ormthesis.config.settings import Mode
from ormthesis.core.equality import equal, hashable
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.conditions import Condition
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.edges import edge_values
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import EntityDraft, Row
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.generation.values_words import in_capitals
from ormthesis.generation.wiring import keys_of
from ormthesis.invariants.aim import Aim, Changes, sharing, tied
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.implied import implying_unique
from ormthesis.rules.branch import Branch
from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.rule import Rule
from ormthesis.schema.constraints import Check, PrimaryKey, Unique
from ormthesis.schema.model import Column, Table
from ormthesis.schema.types import TypeKind


@dataclass(frozen=True, kw_only=True)
class UniqueFailure(Failure):
    invariant = "unique"
    broken = "does not refuse duplicates, or refuses more than duplicates"


@dataclass(frozen=True, kw_only=True)
class PrimaryKeyFailure(Failure):
    invariant = "primary-key"
    broken = "does not refuse duplicates, or refuses more than duplicates"


_SINGLE = "CHECKs leave one of the table's keys a single value: there is no second row"


class KeyInvariant(Invariant):
    """Two rows that share all but the column under test show keys that are too narrow or wide."""

    rule_type: type[Unique] | type[PrimaryKey]
    mode = Mode.NEGATIVE
    company = "keys"

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        for rule in table.constraints_of(self.rule_type):
            reason = self._reason(context, table, rule)
            yield Subject(id=rule.id, reason=reason, implied=reason.startswith("implied"))

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
        if len(drawing.drafts) < 2:
            return
        aim = Aim(drawing)
        for rule in drawing.table.constraints_of(self.rule_type):
            if rule.id in drawing.subjects:
                first = _first_entry(aim, rule)
                for draft in drawing.drafts:
                    if drawing.graph.position[draft.ref] > drawing.graph.position[first.ref]:
                        yield from _collisions(aim, rule, aim.rows[first.ref], draft)
                if drawing.exhaustive:
                    yield from _equal_nulls(drawing, rule)
                    yield from _equal_by_expression(drawing, rule)

    def _reason(self, context: Context, table: Table, rule: Unique | PrimaryKey) -> str:
        elements = context.book.elements.get(rule.id, {})
        if unread := [element.opaque for element in elements.values() if element.opaque]:
            return f"its expression cannot be read: {unread[0]}"
        predicate = context.book.predicates.get(rule.id)
        if predicate is not None and predicate.opaque:
            return f"its WHERE cannot be read: {predicate.opaque}"
        if implied_by := implying_unique(table, rule):
            return f"implied by {implied_by.id}"
        single = any(_has_one_value(context, table, key) for key in keys_of(table))
        return _SINGLE if single else ""


def _has_one_value(context: Context, table: Table, rule: Unique | PrimaryKey) -> bool:
    """Whether CHECKs leave the key a single value, so that a second row is a duplicate."""
    if table.key in context.schema.untestable:
        return False  # it has no rows at all, and the schema says why
    if isinstance(rule, Unique) and (rule.where or rule.expressions):
        return False
    plans = context.strategies.plan(table.key).branches
    values = {_only_value(plan.branch, rule.columns) for plan in plans}
    return len(values) == 1 and None not in values


def _only_value(branch: Branch, columns: Iterable[str]) -> tuple[Any, ...] | None:
    """What rows of a branch have in these columns; None where they may have something else."""
    domains = [branch.domain(name) for name in columns]
    if any(domain.admits(None) or len(domain.members or ()) != 1 for domain in domains):
        return None
    return tuple(domain.members[0] for domain in domains if domain.members)


def _first_entry(aim: Aim, rule: Unique | PrimaryKey) -> EntityDraft:
    """The first row without a NULL in the key, but never the last."""
    drafts = aim.drawing.drafts
    whole = (
        draft
        for draft in drafts[:-1]
        if None not in [aim.rows[draft.ref].get(name) for name in rule.columns]
    )
    return next(whole, drafts[0])


def _collisions(
    aim: Aim, rule: Unique | PrimaryKey, first: Row, draft: EntityDraft
) -> Iterator[Case]:
    """The whole key copied; all of it but one column; all of it with one column NULL.

    Columns that foreign keys tie to the key's come along where that keeps those keys.
    """
    table = aim.drawing.table
    key = {name: first.get(name) for name in rule.columns}
    ties = {name: first.get(name) for name in tied(table, rule.columns)}
    copies = [key, ties] if len(ties) > len(key) else [key]
    yield from aim.breaking(draft, MutationKind.DUPLICATE, rule.id, copies)
    if (respelt := _respelt(table, key)) != key:
        yield from aim.breaking(draft, MutationKind.DUPLICATE, rule.id, [respelt])
    for omitted in aim.left_out(rule, draft):
        yield from aim.keeping(draft, rule.id, [{**copy, **omitted} for copy in copies])
    if aim.drawing.exhaustive:
        for away in _away(aim, rule, first, draft):
            moved = [{**away, **copy} for copy in copies]
            yield from aim.breaking(draft, MutationKind.DUPLICATE, rule.id, moved)
    for name in rule.columns:
        if len(key) > 1:
            yield from aim.keeping(draft, rule.id, _all_but(aim, key, name, draft))
        if table.by_name[name].nullable:
            clear = sharing(table, key)
            null = {**key, name: None}
            yield from aim.keeping(draft, rule.id, [null, {**null, **clear}])


def _respelt(table: Table, key: Changes) -> Changes:
    """The key in capitals, where its type is blind to case."""
    return {
        name: in_capitals(value)
        if table.by_name[name].type.kind is TypeKind.CITEXT and isinstance(value, str)
        else value
        for name, value in key.items()
    }


def _all_but(aim: Aim, key: Changes, name: str, draft: EntityDraft) -> Iterator[Changes]:
    """The key copied but for one column, in which the two rows differ."""
    table, row = aim.drawing.table, aim.rows[draft.ref]
    rest = {other: value for other, value in key.items() if other != name}
    if row.get(name) != key[name]:
        yield rest
    for foreign in table.foreign_keys:
        if name in foreign.columns:
            clear = sharing(table, (*key, *foreign.columns), but=foreign)
            for changes in aim.parents(foreign):
                if changes[name] != key[name]:
                    yield {**changes, **rest}
                    yield {**changes, **rest, **clear}
    if is_drawn(table, table.by_name[name]):
        data_type = table.by_name[name].type
        value = distinct_value(data_type, key[name], {data_type.stored(key[name])})
        yield {**rest, name: value}


def _away(aim: Aim, rule: Unique | PrimaryKey, first: Row, draft: EntityDraft) -> Iterator[Changes]:
    """Each column outside the key made to differ between the two rows, where it does not.

    A key that was widened by that column lets such a duplicate in.
    """
    table, row = aim.drawing.table, aim.rows[draft.ref]
    bound = set(tied(table, rule.columns))
    for column in table.columns:
        if column.name in bound or row.get(column.name) != first.get(column.name):
            continue
        keys = [key for key in table.foreign_keys if column.name in key.columns]
        others = (other for key in keys for other in aim.parents(key))
        other = next((o for o in others if o[column.name] != first.get(column.name)), None)
        if other is not None:
            yield other


def _equal_nulls(drawing: Drawing, rule: Unique | PrimaryKey) -> Iterator[Case]:
    """Two rows with the same key, NULL in one column: no duplicate unless NULLs are not distinct.

    Only for columns that no CHECK reads, so that the first row stays valid.
    """
    checked = {name for check in drawing.table.constraints_of(Check) for name in check.columns}
    one, other = drawing.drafts[0], drawing.drafts[-1]
    for name in rule.columns:
        if drawing.table.by_name[name].nullable and name in one.values and name not in checked:
            twin = drawing.with_row(one.with_value(name, None))
            aim = Aim(twin)
            first = aim.rows[one.ref]
            key = {**{each: first.get(each) for each in rule.columns}, name: None}
            if isinstance(rule, Unique) and not rule.nulls_distinct:
                yield from aim.breaking(other, MutationKind.DUPLICATE, rule.id, [key])
            else:
                yield from aim.keeping(other, rule.id, [key])


def _equal_by_expression(drawing: Drawing, rule: Unique | PrimaryKey) -> Iterator[Case]:
    """Two rows with different values for which an expression of the key is the same."""
    one, other = drawing.drafts[0], drawing.drafts[-1]
    for element in drawing.context.book.elements.get(rule.id, {}).values():
        for name in element.columns:
            column = drawing.table.by_name[name]
            if not is_drawn(drawing.table, column):
                continue
            pair = next(_alike(drawing, one, column, element), None)
            if pair is None:
                continue
            twin = drawing.with_row(one.with_value(name, pair[0]))
            aim = Aim(twin)
            if not aim.is_valid():
                continue
            first = aim.rows[one.ref]
            key = {**{each: first.get(each) for each in rule.columns}, name: pair[1]}
            yield from aim.breaking(other, MutationKind.DUPLICATE, rule.id, [key])


def _alike(
    drawing: Drawing, one: EntityDraft, column: Column, element: Rule
) -> Iterator[tuple[Any, Any]]:
    """Two values of a column that the expression takes for one."""
    row, types = drawing.rows[one.ref], drawing.table.types
    stored = {name: types[name].stored(row.get(name)) for name in element.columns}
    seen: dict[Any, Any] = {}
    for value in (*_VARIANTS, None, *edge_values(column.type)):
        if value is None and not column.nullable:
            continue
        try:
            result = hashable(element.value({**stored, column.name: column.type.stored(value)}))
        except (EvaluationError, TypeError, ValueError, AttributeError):
            continue  # a variant of another type
        if result is not None and not equal(seen.setdefault(result, value), value):
            yield seen[result], value


_VARIANTS = ("a", "A", " a", "a ", "aa")
"""Texts that functions of text often take for one."""


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
