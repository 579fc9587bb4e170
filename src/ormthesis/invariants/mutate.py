"""Helpers to make mutations of drawn rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.case import Case, Change, Mutation, MutationKind
from ormthesis.generation.graph import EntityDraft, EntityGraph, Row, graph_keys, resolve
from ormthesis.invariants.base import Context, Draw
from ormthesis.schema.model import Table

_INDEXES = [st.integers(0, greatest) for greatest in range(16)]


def pick_row(graph: EntityGraph, table: Table, draw: Draw) -> EntityDraft | None:
    """One row of the table; the first is the simplest."""
    rows = graph.of_table(table.key)
    if not rows:
        return None
    return rows[draw(_INDEXES[len(rows) - 1])] if len(rows) > 1 else rows[0]


def resolved(context: Context, graph: EntityGraph) -> Mapping[Any, Row]:
    """The graph's rows with the keys that they will be written with."""
    return resolve(context.schema, graph, graph_keys(context.schema))


def mutation_case(
    graph: EntityGraph,
    draft: EntityDraft,
    kind: MutationKind,
    constraint: str,
    row: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> Case:
    """A case in which one row is written with some columns changed."""
    recorded = tuple(
        Change(column=name, old=row.get(name), new=value) for name, value in changes.items()
    )
    mutation = Mutation(kind=kind, constraint=constraint, ref=draft.ref, changes=recorded)
    return Case(graph=graph, mutation=mutation, subject=constraint)
