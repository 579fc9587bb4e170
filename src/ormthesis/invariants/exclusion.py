"""Exclusion constraints refuse rows that conflict, and nothing but these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.config.settings import Mode
from ormthesis.core.equality import equal
from ormthesis.generation.apart import moved, neighbours
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.conditions import Condition
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.excluding import ExclusionKey
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import Row
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.generation.values import simplest_value
from ormthesis.invariants.aim import Aim, Changes, tied
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.oracle.violations import COMPARES
from ormthesis.rules.range_operators import is_range
from ormthesis.schema.constraints import Element, Exclusion
from ormthesis.schema.model import Column, Table
from ormthesis.schema.types import DataType, TypeKind

_ENDS = 4
"""Values between the ends of the range that is tried first, ends included."""
_STARTS = 12
"""First rows that are tried for each of their ranges, until one leaves room beside it."""


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
        if element.operator == "&&" and not is_range(kind := _type(context, table, rule, element)):
            return f"overlaps of {kind.name} are not known"
    return ""


def _type(context: Context, table: Table, rule: Exclusion, element: Element) -> DataType:
    if element.column is not None:
        return table.by_name[element.column].type
    tree = context.book.elements[rule.id][element.sql].tree
    assert tree is not None  # it has been read
    return tree.type


def _conflicts(drawing: Drawing, rule: Exclusion) -> Iterator[Case]:
    """The first row gets values with which it excludes; another one each of its counterparts."""
    one, other = drawing.drafts[0], drawing.drafts[-1]
    elements = drawing.context.book.elements.get(rule.id, {})
    key = ExclusionKey(drawing.table, rule, elements)
    aim = next(_twins(drawing, rule, key), None)
    if aim is None:
        return
    first = aim.rows[one.ref]
    copied = _copied(drawing.table, rule, first)
    whole = _differing(copied, aim.rows[other.ref])
    yield from aim.breaking(other, MutationKind.DUPLICATE, rule.id, [whole])
    for omitted in aim.left_out(rule, other):
        yield from aim.keeping(other, rule.id, [{**copied, **omitted}])
    for counterparts in _counterparts(aim, rule, key, first):
        for value in drawing.some([*counterparts]):
            changes = _differing({**copied, **value}, aim.rows[other.ref])
            broken = [*aim.breaking(other, MutationKind.DUPLICATE, rule.id, [changes])]
            yield from broken or aim.keeping(other, rule.id, [changes])


def _copied(table: Table, rule: Exclusion, first: Row) -> Row:
    """What a row has to hold to conflict with the first."""
    copied = {name: first.get(name) for name in tied(table, rule.columns)}
    for element in rule.elements:
        if element.operator == "<>" and element.column is not None:
            copied[element.column] = _another(table.by_name[element.column], first)
    return copied


def _differing(changes: Changes, row: Row) -> Changes:
    """The changes that change something; all where none does."""
    found = {name: value for name, value in changes.items() if not equal(value, row.get(name))}
    return found or changes


def _twins(drawing: Drawing, rule: Exclusion, key: ExclusionKey) -> Iterator[Aim]:
    """The drawing with first rows that exclude; those first beside which another one fits."""
    one, other = drawing.drafts[0], drawing.drafts[-1]
    alone: list[Aim] = []
    for values in islice(_starts(drawing, rule, key), _STARTS):
        aim = Aim(drawing.with_row(replace(one, values={**one.values, **values})))
        first = aim.rows[one.ref]
        if not aim.is_valid():
            continue
        copied = _copied(drawing.table, rule, first)
        beside = [
            {**copied, **changes}
            for element in key.others
            for changes in _neighbours(key, element, first)
        ]
        if not beside or any(aim.keeping(other, rule.id, beside)):
            yield aim
        else:
            alone.append(aim)
    yield from alone


def _starts(drawing: Drawing, rule: Exclusion, key: ExclusionKey) -> Iterator[Row]:
    """Ranges that hold something, and values where there are none."""
    one, table = drawing.drafts[0], drawing.table
    found: Row = {}
    for name in rule.columns:
        column = table.by_name[name]
        if not is_drawn(table, column):
            continue
        if column.type.kind is TypeKind.RANGE:
            found[name] = _some_range(column.type)
        elif one.values.get(name) is None:
            found[name] = simplest_value(column.type)
    yield found
    plan, row = drawing.context.strategies.plan(table.key), drawing.rows[one.ref]
    rows = [drawing.rows[draft.ref] for draft in drawing.drafts if draft is not one]
    met = [rest for other in rows if (rest := key.rest(other)) is not None]
    choices = [
        [*islice(key.apart(plan, element, row, [rest[at] for rest in met]), _STARTS)]
        for at, element in enumerate(key.others)
        if element.operator == "&&"
    ]
    for chosen in product(*choices):
        yield {**found, **{name: value for changes in chosen for name, value in changes.items()}}


def _counterparts(
    aim: Aim, rule: Exclusion, key: ExclusionKey, first: Row
) -> Iterator[Iterator[Changes]]:
    """For each element values for the other row that differ from the first row's in it alone."""
    table = aim.drawing.table
    of_ranges: set[str] = set()
    for element in key.others:
        if (data_type := key.range_type(element)) is not None:
            of_ranges.update(key.ends(element, data_type))
            yield _neighbours(key, element, first)
    for name in rule.columns:
        yield _others(aim, table.by_name[name], first, moves=name in of_ranges)


def _others(aim: Aim, column: Column, first: Row, *, moves: bool) -> Iterator[Changes]:
    """Values of one column: equal, different, NULL, an empty range."""
    table = aim.drawing.table
    if column.nullable:
        yield {column.name: None}
    if not is_drawn(table, column):
        for key in table.foreign_keys:
            if column.name in key.columns:
                yield from aim.parents(key)
        return
    if column.type.kind is TypeKind.RANGE:
        yield {column.name: Range(empty=True)}
    if not moves:
        yield {column.name: first.get(column.name)}
        yield {column.name: _another(column, first)}


def _neighbours(key: ExclusionKey, element: Element, first: Row) -> Iterator[Changes]:
    """The first row's range moved and resized; a column's also with the upper end included."""
    data_type = key.range_type(element)
    values = key.values([element], first)
    if data_type is None or values is None or not isinstance(values[0], Range):
        return
    own = {name: first.get(name) for name in key.ends(element, data_type)}
    for by, grown in neighbours(data_type, values[0]):
        changes = {name: moved(data_type, v, by, grown=grown) for name, v in own.items()}
        if None in changes.values() or (grown and element.column is None):
            continue
        yield changes
        if element.column is not None and not grown:
            found = changes[element.column]
            yield {element.column: Range(found.lower, found.upper, bounds="[]")}


def _another(column: Column, first: Mapping[str, Any]) -> Any:
    value = first.get(column.name)
    return distinct_value(column.type, value, {column.type.stored(value)})


def _some_range(data_type: DataType) -> Range[Any]:
    """From two steps below the simplest value to one above it, as far as the type has them."""
    item = data_type.item
    assert item is not None
    ends: list[Any] = []
    for _ in range(_ENDS):
        if (found := distinct_value(item, simplest_value(item), ends)) is not None:
            ends.append(found)
    ends.sort()
    return Range(ends[0], ends[-1])
