"""What a reproduction does, as rows and steps: the common ground of the script and the SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ormthesis.generation.actions import ActionKind
from ormthesis.generation.case import OperationKind
from ormthesis.generation.graph import graph_keys, late_columns, resolve, together, up_to
from ormthesis.generation.key_updates import followed
from ormthesis.generation.objects import Classes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ormthesis.generation.actions import Action
    from ormthesis.generation.case import Case
    from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef, Row
    from ormthesis.schema.model import Schema, Table

DELETES = (OperationKind.DELETE_ROW, OperationKind.DELETE_OBJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    ref: EntityRef
    table: str
    row: Row
    beside: tuple[Insert, ...] = ()
    """What the same statement inserts before it: rows and this one that need one another."""

    @property
    def together(self) -> tuple[Insert, ...]:
        """All that the statement inserts."""
        return (*self.beside, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Change a row: point it to rows that were written after it, or give it another key."""

    ref: EntityRef
    table: str
    changes: Row
    key: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    ref: EntityRef
    table: str
    key: Row


Step = Insert | Update | Delete


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`setup` must succeed; `action` is what prediction and outcome are about.

    `rows` are those that exist before a delete, or would exist after the inserts or updates, with
    the keys that the engine gives them too; `before` are those that exist before updates.
    """

    graph: EntityGraph
    rows: Mapping[EntityRef, Row]
    before: Mapping[EntityRef, Row]
    setup: tuple[Step, ...]
    action: tuple[Step, ...]


def plan(case: Case, schema: Schema) -> Plan:
    """The steps of a case.

    A mutated row is judged among those written before it, so later ones are left out.
    """
    graph = up_to(schema, case.graph, case.mutation.ref) if case.mutation else case.graph
    rows = resolve(schema, graph, graph_keys(schema))
    if case.mutation:
        changes = {change.column: change.new for change in case.mutation.changes}
        rows[case.mutation.ref] = {**rows[case.mutation.ref], **changes}
    judged = case.mutation.ref if case.mutation else None
    steps = tuple(_writing(schema, graph, rows, judged))
    setup, action, before = steps, steps, rows
    if (change := case.operation.action) is not None:
        action = tuple(_updates(case, schema, rows, change))
        if not change.through_orm:
            rows = followed(schema, graph, rows, change.ref, change.values, declared=True)
    elif case.operation.kind in DELETES:
        action = tuple(
            Delete(
                ref=draft.ref,
                table=draft.table,
                key=key_of(schema.by_key[draft.table], rows[draft.ref]),
            )
            for draft in reversed(_deleted(case, schema))
        )
    elif case.mutation:
        written = together(schema, graph, case.mutation.ref)
        action = tuple(step for step in steps if step.ref in written)
        setup = tuple(step for step in steps if step.ref not in written)
    else:
        setup = ()
    return Plan(graph=graph, rows=rows, before=before, setup=setup, action=action)


def _updates(
    case: Case, schema: Schema, rows: Mapping[EntityRef, Row], action: Action
) -> Iterator[Step]:
    """An action as SQL: of a changed relationship what comes nearest to it."""
    ref, changes = action.ref, dict(action.values)
    if action.relationship is not None:
        if schema.relationship(action.relationship).secondary is not None:
            yield from _separated(case, schema, rows, action)
            return
        ref, changes = _referring(case, schema, rows, action)
    table = case.graph.by_ref[ref].table
    key = key_of(schema.by_key[table], rows[ref])
    yield Update(ref=ref, table=table, changes=changes, key=key)


def _referring(
    case: Case, schema: Schema, rows: Mapping[EntityRef, Row], action: Action
) -> tuple[EntityRef, Row]:
    """The row that holds the reference, and what it is to hold."""
    relationship = schema.relationship(action.relationship or "")
    key = schema.foreign_key(relationship.foreign_key or "")
    upward = action.kind is ActionKind.POINT
    child, parent = (action.ref, action.other) if upward else (action.other, action.ref)
    assert child is not None
    if parent is None or action.kind is ActionKind.TAKE_OUT:
        return _part(case, schema, child, key.table), dict.fromkeys(relationship.written)
    held = rows[_part(case, schema, parent, key.referred_table)]
    pairs = zip(key.columns, key.referred_columns, strict=True)
    values = {name: held[referred] for name, referred in pairs if name in relationship.written}
    return _part(case, schema, child, key.table), values


def _part(case: Case, schema: Schema, ref: EntityRef, table: str) -> EntityRef:
    """The row of an object in one of its tables."""
    drafts = Classes(schema).rows_of(case.graph, ref)
    return next((draft.ref for draft in drafts if draft.table == table), ref)


def _separated(
    case: Case, schema: Schema, rows: Mapping[EntityRef, Row], action: Action
) -> Iterator[Step]:
    """The rows of the secondary table that relate the two."""
    own, theirs = schema.relationship(action.relationship or "").secondary or ("", "")
    table = schema.foreign_key(own).table
    for draft in case.graph.of_table(table):
        if (draft.references.get(own), draft.references.get(theirs)) == (action.ref, action.other):
            key = key_of(schema.by_key[table], rows[draft.ref])
            yield Delete(ref=draft.ref, table=table, key=key)


def _deleted(case: Case, schema: Schema) -> list[EntityDraft]:
    """The row that a delete names, or all rows of its object."""
    ref = case.operation.ref
    assert ref is not None
    by_sql = case.operation.kind is OperationKind.DELETE_ROW
    if by_sql and not case.operation.whole:
        return [case.graph.by_ref[ref]]
    return Classes(schema).rows_of(case.graph, ref)


def defers(schema: Schema) -> bool:
    """Whether a rule may wait for the end of the transaction before it speaks."""
    return any(
        getattr(rule, "deferrable", False) for table in schema.tables for rule in table.constraints
    )


def key_of(table: Table, row: Mapping[str, Any]) -> Row:
    """The columns that tell a row from others: its primary key, or all it has."""
    if table.primary_key and all(name in row for name in table.primary_key):
        return {name: row[name] for name in table.primary_key}
    return dict(row)


def shown_row(table: Table, row: Row, keep: tuple[str, ...] = ()) -> Row:
    """The row without the NULLs that are there anyway; those in `keep` stay."""
    return {
        name: value
        for name, value in row.items()
        if value is not None or name in keep or not _is_null_anyway(table, name)
    }


def _is_null_anyway(table: Table, name: str) -> bool:
    column = table.by_name[name]
    return column.nullable and column.default is None and column.server_default is None


def _writing(
    schema: Schema, graph: EntityGraph, rows: Mapping[EntityRef, Row], judged: EntityRef | None
) -> Iterator[Step]:
    """Inserts in the order of the graph, then an update for each row with late references.

    The row that is judged is the last of those that its statement inserts.
    """
    closing: list[Step] = []
    for draft in graph.drafts:
        group = together(schema, graph, draft.ref)
        if draft.ref != group[0]:
            continue
        inserts = [_insert(schema, graph, rows, ref) for ref in group]
        inserts.sort(key=lambda step: step.ref == judged)
        yield replace(inserts[-1], beside=tuple(inserts[:-1]))
        for ref in group:
            closing += _closing(schema, graph, rows, ref)
    yield from closing


def _insert(
    schema: Schema, graph: EntityGraph, rows: Mapping[EntityRef, Row], ref: EntityRef
) -> Insert:
    draft = graph.by_ref[ref]
    late = late_columns(schema, graph, draft)
    row = {name: None if name in late else value for name, value in rows[ref].items()}
    return Insert(ref=ref, table=draft.table, row=row)


def _closing(
    schema: Schema, graph: EntityGraph, rows: Mapping[EntityRef, Row], ref: EntityRef
) -> Iterator[Step]:
    draft, row = graph.by_ref[ref], rows[ref]
    if late := late_columns(schema, graph, draft):
        changes = {name: row[name] for name in sorted(late)}
        key = key_of(schema.by_key[draft.table], row)
        yield Update(ref=ref, table=draft.table, changes=changes, key=key)
