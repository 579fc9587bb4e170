"""Which objects a relationship relates, by the references of a graph."""

from __future__ import annotations

from collections.abc import Iterator

from ormthesis.generation.graph import EntityGraph, EntityRef
from ormthesis.generation.objects import Objects
from ormthesis.schema.mapping import Relationship
from ormthesis.schema.model import Schema


def related_pairs(
    schema: Schema, graph: EntityGraph, objects: Objects, relationship: Relationship
) -> Iterator[tuple[EntityRef, EntityRef]]:
    """Pairs of the relationship's own object and the other; only objects of its two classes."""
    for one, other in _referring_pairs(schema, graph, relationship):
        if objects.is_a(one, relationship.model) and objects.is_a(other, relationship.target):
            yield objects.owner[one], objects.owner[other]


def _referring_pairs(
    schema: Schema, graph: EntityGraph, relationship: Relationship
) -> Iterator[tuple[EntityRef, EntityRef]]:
    if relationship.secondary is not None:
        own, theirs = relationship.secondary
        for draft in graph.of_table(schema.foreign_key(own).table):
            one, other = draft.references.get(own), draft.references.get(theirs)
            if one is not None and other is not None:
                yield one, other
    elif relationship.foreign_key is not None:
        key = schema.foreign_key(relationship.foreign_key)
        for draft in graph.of_table(key.table):
            parent = draft.references.get(key.id)
            if parent is not None and relationship.is_to_one:
                yield draft.ref, parent
            elif parent is not None:
                yield parent, draft.ref
