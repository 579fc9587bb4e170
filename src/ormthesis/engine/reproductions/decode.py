"""From JSON back to a case, each value by the type of its column."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ormthesis.engine.reproductions.fields import Fields, damaged, misfit, texts_of
from ormthesis.engine.reproductions.values import decode_value
from ormthesis.generation.actions import Action, ActionKind
from ormthesis.generation.case import (
    Case,
    Change,
    Mutation,
    MutationKind,
    Operation,
    OperationKind,
)
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.oracle.judge import Difference
from ormthesis.oracle.outcome import Breach, Rejection, RejectionKind

if TYPE_CHECKING:
    from ormthesis.schema.model import Schema, Table
    from ormthesis.schema.types import DataType


def decode_case(fields: Fields, schema: Schema) -> Case:
    graph = EntityGraph(drafts=tuple(_draft(item, schema) for item in fields.children("graph")))
    mutation = fields.optional_child("mutation")
    return Case(
        graph=graph,
        operation=_operation(fields.child("operation"), graph, schema),
        mutation=_mutation(mutation, graph, schema) if mutation else None,
        subject=fields.text("subject"),
    )


def decode_rejection(fields: Fields) -> Rejection:
    return Rejection(
        kind=fields.choice("kind", RejectionKind),
        message=fields.text("message"),
        sqlstate=fields.optional_text("sqlstate"),
        constraint=fields.optional_text("constraint"),
        table=fields.optional_text("table"),
        column=fields.optional_text("column"),
        rule=fields.optional_text("rule"),
    )


def decode_breach(fields: Fields) -> Breach:
    return Breach(
        what=fields.text("what"),
        message=fields.text("message"),
        raised=fields.text("raised"),
        rows=tuple({name: row.text(name) for name in row.data} for row in fields.children("rows")),
    )


def decode_difference(fields: Fields, case: Case, schema: Schema) -> Difference:
    """Differences hold stored values, so a type is needed only for what an ORM view saw."""
    ref = None if fields.get("ref") is None else fields.read("ref", EntityRef.parse)
    column = fields.optional_text("column")
    draft = case.graph.by_ref.get(ref) if ref else None
    found = schema.by_key[draft.table].by_name.get(column) if draft and column else None
    read = partial(decode_value, data_type=found.type if found else None)
    return Difference(
        ref=ref,
        column=column,
        expected=fields.read("expected", read),
        actual=fields.read("actual", read),
        view=fields.text("view"),
    )


def _draft(fields: Fields, schema: Schema) -> EntityDraft:
    key = fields.text("table")
    table = schema.by_key.get(key)
    if table is None:
        raise misfit(fields.source, f"the table {key!r}")
    values = fields.child("values")
    return EntityDraft(
        ref=fields.read("ref", EntityRef.parse),
        table=key,
        values={name: _value(values, name, _type(values, table, name)) for name in values.data},
        references=_references(fields.child("references"), table),
    )


def _references(fields: Fields, table: Table) -> dict[str, EntityRef | None]:
    known = {key.id for key in table.foreign_keys}
    for name in fields.data:
        if name not in known:
            raise misfit(fields.source, f"the foreign key {name!r}")
    return {
        name: None if parent is None else fields.read(name, EntityRef.parse)
        for name, parent in fields.data.items()
    }


def _operation(fields: Fields, graph: EntityGraph, schema: Schema) -> Operation:
    ref = None if fields.get("ref") is None else _known_ref(fields, graph)
    loaded = fields.get("loaded")
    if not isinstance(loaded, bool):
        raise damaged(fields.source, f"{fields.where}.loaded is {loaded!r}, not true or false")
    return Operation(
        kind=fields.choice("kind", OperationKind),
        ref=ref,
        loaded=loaded,
        related=fields.read("related", texts_of),
        model=fields.optional_text("model") if "model" in fields.data else None,
        through=fields.optional_text("through") if "through" in fields.data else None,
        whole=fields.data.get("whole") is True,
        action=(
            _action(fields.child("action"), graph, schema) if "action" in fields.data else None
        ),
        asks=fields.optional_text("asks") if "asks" in fields.data else None,
    )


def _action(fields: Fields, graph: EntityGraph, schema: Schema) -> Action:
    kind, ref = fields.choice("kind", ActionKind), _known_ref(fields, graph)
    other = None if fields.get("other") is None else _known_ref(fields, graph, "other")
    relationship = fields.optional_text("relationship")
    if relationship is not None and relationship not in schema.relationships:
        raise misfit(fields.source, f"the relationship {relationship!r}")
    # A reference that is taken away stands in the other object's row.
    table = schema.by_key[graph.by_ref[other or ref].table]
    values = fields.child("values")
    return Action(
        kind=kind,
        ref=ref,
        values={name: _value(values, name, _type(values, table, name)) for name in values.data},
        relationship=relationship,
        other=other,
    )


def _mutation(fields: Fields, graph: EntityGraph, schema: Schema) -> Mutation:
    ref = _known_ref(fields, graph)
    table = schema.by_key[graph.by_ref[ref].table]
    return Mutation(
        kind=fields.choice("kind", MutationKind),
        constraint=fields.text("constraint"),
        ref=ref,
        changes=tuple(_change(item, table) for item in fields.children("changes")),
    )


def _change(fields: Fields, table: Table) -> Change:
    name = fields.text("column")
    data_type = _type(fields, table, name)
    return Change(
        column=name,
        old=_value(fields, "old", data_type),
        new=_value(fields, "new", data_type),
    )


def _known_ref(fields: Fields, graph: EntityGraph, name: str = "ref") -> EntityRef:
    ref = fields.read(name, EntityRef.parse)
    if ref not in graph.by_ref:
        raise damaged(fields.source, f"{fields.where}.{name} names {ref}, which is no row of it")
    return ref


def _type(fields: Fields, table: Table, name: str) -> DataType:
    if name not in table.by_name:
        raise misfit(fields.source, f"the column {f'{table.key}.{name}'!r}")
    return table.by_name[name].type


def _value(fields: Fields, key: str, data_type: DataType) -> Any:
    return fields.read(key, partial(decode_value, data_type=data_type))
