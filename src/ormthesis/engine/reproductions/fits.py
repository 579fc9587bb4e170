"""Whether a saved case still is a case of the models of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.engine.reproductions.fields import damaged, misfit
from ormthesis.generation.case import MutationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.reproductions.reproduction import Reproduction
    from ormthesis.generation.graph import EntityDraft
    from ormthesis.schema.model import Column, Schema

# A mutation of these kinds is about something that is no constraint of the table.
_NOT_ABOUT_A_RULE = {MutationKind.DOCUMENT, MutationKind.EDGE}


def check_fits(reproduction: Reproduction, schema: Schema, source: str) -> None:
    """Raise ReproductionError naming what the models lack, or a reference to no row."""
    _check_references(reproduction, source)
    for what in _missing(reproduction, schema):
        raise misfit(source, what)


def _check_references(reproduction: Reproduction, source: str) -> None:
    graph = reproduction.case.graph
    if len(graph.by_ref) != len(graph.drafts):
        raise damaged(source, "two rows of case.graph have one ref")
    for draft in graph.drafts:
        for parent in draft.parents:
            if parent not in graph.by_ref:
                raise damaged(source, f"{draft.ref} refers to {parent}, which is no row of it")


def _missing(reproduction: Reproduction, schema: Schema) -> Iterator[str]:
    names = {model.name for model in schema.models}
    if reproduction.model not in names | set(schema.by_key):
        yield f"the model {reproduction.model!r}"
    mutation = reproduction.case.mutation
    if (
        mutation is not None
        and mutation.kind not in _NOT_ABOUT_A_RULE
        and mutation.constraint not in schema.constraints
    ):
        yield f"the rule {mutation.constraint!r}"
    yield from _missing_relationship(reproduction.subject, schema)
    for draft in reproduction.case.graph.drafts:
        if schema.by_key[draft.table].label != draft.ref.entity:
            yield f"rows called {draft.ref.entity!r} in the table {draft.table!r}"
        for column in _new_columns(draft, schema):
            yield f"a value for the new column {str(column)!r} in {draft.ref}"


def _missing_relationship(subject: str, schema: Schema) -> Iterator[str]:
    """A subject such as `Agent.commands` is a relationship; rules begin with a table's key."""
    name, dot, attribute = subject.partition(".")
    if not dot or name in schema.by_key or not attribute.isidentifier():
        return
    for model in schema.models:
        if model.name == name:
            known = {item.name for item in model.relationships} | set(model.attributes.values())
            if attribute not in known:
                yield f"the relationship {subject!r}"


def _new_columns(draft: EntityDraft, schema: Schema) -> Iterator[Column]:
    """Columns that every row must fill and that this row, written before them, does not."""
    table = schema.by_key[draft.table]
    for column in table.columns:
        supplied = column.surrogate or column.computed or column.default or column.server_default
        in_key = column.name in table.foreign_key_columns
        if not (column.nullable or supplied or in_key or column.name in draft.values):
            yield column
