"""Rows as they are when a key has changed and references have followed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormthesis.generation.graph import EntityGraph, EntityRef, Row
from ormthesis.schema.constraints import ForeignKey, ReferentialAction
from ormthesis.schema.model import Schema


def followed(
    schema: Schema,
    graph: EntityGraph,
    rows: Mapping[EntityRef, Row],
    ref: EntityRef,
    values: Mapping[str, Any],
    *,
    declared: bool = False,
) -> dict[EntityRef, Row]:
    """The rows after one got new values, with every reference to it brought along.

    With `declared` only those whose keys say ON UPDATE CASCADE.
    """
    found = {ref: dict(row) for ref, row in rows.items()}
    waiting = [(ref, values)]
    while waiting:
        ref, values = waiting.pop(0)
        changed = {name for name in values if found[ref].get(name) != values[name]}
        found[ref].update(values)
        for draft in graph.drafts if changed else ():
            for key in schema.by_key[draft.table].foreign_keys:
                follows = not declared or key.on_update is ReferentialAction.CASCADE
                moved = draft.references.get(key.id) == ref and changed & set(key.referred_columns)
                if follows and moved:
                    waiting.append((draft.ref, _referring(key, found[ref])))
    return found


def _referring(key: ForeignKey, parent: Row) -> dict[str, Any]:
    pairs = zip(key.columns, key.referred_columns, strict=True)
    return {name: parent.get(referred) for name, referred in pairs}
