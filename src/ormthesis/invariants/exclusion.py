"""Exclusion constraints refuse rows that conflict, and nothing but these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.conditions import Condition
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import EntityDraft
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.generation.values import simplest_value
from ormthesis.invariants.aim import Aim, tied
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.oracle.violations import COMPARES
from ormthesis.schema.constraints import Exclusion
from ormthesis.schema.model import Column, Table
from ormthesis.schema.types import DataType, TypeKind

_ENDS = 5
"""Ends of the ranges that are compared; every range between two of them is tried."""


@dataclass(frozen=True, kw_only=True)
class ExclusionFailure(Failure):
    invariant = "exclusion"
    broken = "does not refuse rows that conflict, or refuses more than these"


class ExclusionInvariant(Invariant):
    """An exclusion constraint refuses a row that conflicts with another one.

    Two rows conflict where every one of its operators holds between them. Ranges are tried that
    overlap, that contain one another and that only touch; each element is made to differ alone.
    """

    id = "exclusion"
    title = "Exclusion constraints refuse conflicts"
    mode = Mode.NEGATIVE
    failure = ExclusionFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [
            Subject(id=rule.id, reason=_reason(context, table, rule))
            for rule in table.constraints_of(Exclusion)
        ]

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, rows=(2, 3), parents=2)

    def strategies(self, context: Context, table: Table) -> GraphStrategies:
        """Rows that take part in every constraint of the table."""
        rules = table.constraints_of(Exclusion)
        wheres = tuple(rule.where for rule in rules if rule.where is not None)
        columns = frozenset(name for rule in rules for name in rule.columns)
        references = columns & table.foreign_key_columns
        condition = Condition(not_null=references, selected=wheres)
        return context.strategies.where(table.key, condition)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        if len(drawing.drafts) < 2:
            return
        for rule in drawing.table.constraints_of(Exclusion):
            if rule.id in drawing.subjects:
                yield from _conflicts(drawing, rule)


def _reason(context: Context, table: Table, rule: Exclusion) -> str:
    if opaque := context.book.opaque.get(rule.id):
        return f"it cannot be read: {opaque}"
    for element in rule.elements:
        if element.operator not in COMPARES:
            return f"the operator {element.operator} is not known"
        kind = table.by_name[element.column].type if element.column else None
        if element.operator == "&&" and not (
            kind and kind.kind is TypeKind.RANGE and not kind.multiple
        ):
            return f"overlaps of {kind.name if kind else element.sql} are not known"
    return ""


def _conflicts(drawing: Drawing, rule: Exclusion) -> Iterator[Case]:
    """The first row gets values with which it excludes; another one each of its counterparts."""
    one, other = drawing.drafts[0], drawing.drafts[-1]
    table = drawing.table
    values = {**one.values, **_starts(table, rule, one)}
    twin = replace(drawing, graph=drawing.graph.replace(replace(one, values=values)))
    aim = Aim(twin)
    if not aim.is_valid():
        return
    first = aim.rows[one.ref]
    copied = {name: first.get(name) for name in tied(table, rule.columns)}
    for element in rule.elements:
        if element.operator == "<>" and element.column is not None:
            copied[element.column] = _another(table.by_name[element.column], first)
    yield from aim.breaking(other, MutationKind.DUPLICATE, rule.id, [copied])
    for omitted in aim.left_out(rule, other):
        yield from aim.keeping(other, rule.id, [{**copied, **omitted}])
    for name in rule.columns:
        for value in drawing.some([*_counterparts(aim, table.by_name[name], first)]):
            changes = {**copied, **value}
            broken = [*aim.breaking(other, MutationKind.DUPLICATE, rule.id, [changes])]
            yield from broken or aim.keeping(other, rule.id, [changes])


def _starts(table: Table, rule: Exclusion, one: EntityDraft) -> Mapping[str, Any]:
    """Ranges that hold something, and values where there are none."""
    found: dict[str, Any] = {}
    for name in rule.columns:
        column = table.by_name[name]
        if not is_drawn(table, column):
            continue
        if column.type.kind is TypeKind.RANGE:
            found[name] = _ranges(column.type)[_ENDS // 2]
        elif one.values.get(name) is None:
            found[name] = simplest_value(column.type)
    return found


def _counterparts(
    aim: Aim, column: Column, first: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Values of one column for the other row: equal, different, NULL, every kind of range."""
    table = aim.drawing.table
    if column.nullable:
        yield {column.name: None}
    if not is_drawn(table, column):
        for key in table.foreign_keys:
            if column.name in key.columns:
                yield from aim.parents(key)
    elif column.type.kind is TypeKind.RANGE:
        yield {column.name: Range(empty=True)}
        yield from ({column.name: value} for value in _ranges(column.type))
    else:
        yield {column.name: first.get(column.name)}
        yield {column.name: _another(column, first)}


def _another(column: Column, first: Mapping[str, Any]) -> Any:
    value = first.get(column.name)
    return distinct_value(column.type, value, {column.type.stored(value)})


def _ranges(data_type: DataType) -> list[Range[Any]]:
    """Ranges between any two of a few ends, with the upper end excluded and included."""
    item = data_type.item
    assert item is not None
    ends: list[Any] = []
    for _ in range(_ENDS):
        if (found := distinct_value(item, simplest_value(item), ends)) is not None:
            ends.append(found)
    pairs = [*combinations(sorted(ends), 2)]
    return [Range(low, high) for low, high in pairs] + [
        Range(low, high, bounds="[]") for low, high in islice(pairs, _ENDS)
    ]
