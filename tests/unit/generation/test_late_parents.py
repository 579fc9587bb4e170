"""Rows whose parents are filled after them: their keys differ from others' all the same."""

from __future__ import annotations

import sqlalchemy as sa

from ormthesis.engine.setup import build_context
from ormthesis.generation.graph import EntityRef, graph_keys, resolve
from ormthesis.generation.wiring import Skeleton, Slot
from ormthesis.schema import load_models
from tests.unit.generation.minimal import minimal


def routes() -> sa.MetaData:
    """A route's number is its feed's; the agency, which it need not have, is of the same feed."""
    metadata = sa.MetaData()
    sa.Table("feeds", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "agencies",
        metadata,
        sa.Column("feed_id", sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
    )
    sa.Table(
        "routes",
        metadata,
        sa.Column("feed_id", sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("agency", sa.String),
        sa.ForeignKeyConstraint(["feed_id", "agency"], ["agencies.feed_id", "agencies.name"]),
    )
    return metadata


def test_a_key_by_a_parent_that_is_not_filled_yet() -> None:
    context = build_context(load_models(routes()), {})
    feed, agency = EntityRef("feeds", 0), EntityRef("agencies", 0)
    of_feed, of_agency = "routes.feed_id->feeds", "routes.(feed_id,agency)->agencies"
    first, second = EntityRef("routes", 0), EntityRef("routes", 1)
    slots = (
        Slot(ref=feed, table="feeds", references={}),
        Slot(ref=first, table="routes", references={of_agency: agency, of_feed: feed}),
        Slot(ref=agency, table="agencies", references={"agencies.feed_id->feeds": feed}),
        Slot(ref=second, table="routes", references={of_agency: None, of_feed: feed}),
    )
    graph = minimal(context.strategies.filled(Skeleton(slots=slots)))
    rows = resolve(context.schema, graph, graph_keys(context.schema))
    keys = {(rows[ref]["feed_id"], rows[ref]["number"]) for ref in (first, second)}
    assert len(keys) == 2
