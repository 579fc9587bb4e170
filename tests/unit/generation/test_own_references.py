"""Rows that refer to themselves by a key that is part of a unique one."""

from __future__ import annotations

from hypothesis import given, settings
from sqlalchemy import Column, ForeignKey, MetaData, String, Table, UniqueConstraint

from ormthesis.engine.setup import build_context
from ormthesis.generation.case import Case
from ormthesis.generation.graph import graph_keys
from ormthesis.generation.skeleton import shape_for
from ormthesis.oracle.outcome import Refusal
from ormthesis.schema import load_models

METADATA = MetaData()
Table(
    "projects",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("domain_id", ForeignKey("projects.id"), nullable=False),
    UniqueConstraint("domain_id", "name"),
)
CONTEXT = build_context(load_models(METADATA), {})


@settings(max_examples=400, deadline=None, derandomize=True)
@given(graph=CONTEXT.strategies.graphs(shape_for(CONTEXT.schema, "projects", rows=(3, 3))))
def test_a_key_that_is_changed_takes_references_to_itself_along(graph):
    prediction = CONTEXT.oracle.predict(Case(graph=graph), graph_keys(CONTEXT.schema))
    assert not isinstance(prediction, Refusal)
