"""Instances of mapped classes: filled and looked at, as a load or a user's code would."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, attributes, collections, object_session

from ormthesis.schema.instances import composite_values
from ormthesis.schema.mapping import Composite, Relationship

UNLOADABLE = ("raise", "raise_on_sql", "noload")


def fill(instance: Any, name: str, value: Any, *, validated: bool) -> None:
    """Set a column's attribute. A value that a validator would refuse, or change, is set as a load
    sets it: values are drawn from what the validator leaves."""
    if validated:
        attributes.set_committed_value(instance, name, value)
    else:
        setattr(instance, name, value)


def loaded(instance: Any, names: Iterable[str]) -> dict[str, Any]:
    """Attributes as they came from the database, whatever the model's own code made of them since:
    an ordering list numbers its members when they are loaded."""
    values = {name: getattr(instance, name) for name in names}
    committed = sa.inspect(instance).committed_state
    return values | {name: committed[name] for name in values.keys() & committed.keys()}


def composed(instance: Any, composites: Iterable[Composite]) -> dict[str, Any]:
    """Attributes as their composites show them; None where one has lost its value."""
    found: dict[str, Any] = {}
    for composite in composites:
        values = composite_values(instance, composite.name)
        if values is not None:
            found.update(zip(composite.attributes, chain(values, repeat(None)), strict=False))
    return found


def relate(instance: Any, relationship: Relationship, other: Any) -> None:
    """Make a relationship lead to one more object, whatever holds its collection."""
    if not relationship.uselist:
        setattr(instance, relationship.name, other)
    elif relationship.lazy in ("dynamic", "write_only"):
        getattr(instance, relationship.name).add(other)
    else:
        _adapter(instance, relationship).append_with_event(other)


def unrelate(instance: Any, relationship: Relationship, other: Any) -> None:
    """Take an object out of a relationship."""
    if not relationship.uselist:
        setattr(instance, relationship.name, None)
    elif relationship.lazy in ("dynamic", "write_only"):
        getattr(instance, relationship.name).remove(other)
    else:
        _adapter(instance, relationship).remove_with_event(other)


def related(instance: Any, relationship: Relationship) -> Iterable[Any]:
    """What a relationship leads to, loaded if it has to be."""
    session = object_session(instance)
    if relationship.lazy in UNLOADABLE and session is not None:
        return _loaded_anyway(session, instance, relationship)
    if relationship.lazy == "write_only" and session is not None:
        return list(session.scalars(getattr(instance, relationship.name).select()))
    if relationship.lazy == "dynamic":
        return list(getattr(instance, relationship.name))
    found = getattr(instance, relationship.name)
    if not relationship.uselist:
        return [] if found is None else [found]
    return list(_adapter(instance, relationship))


def _adapter(instance: Any, relationship: Relationship) -> collections.CollectionAdapter:
    found = getattr(instance, relationship.name)
    return collections.collection_adapter(found)


def _loaded_anyway(session: Session, instance: Any, relationship: Relationship) -> Iterable[Any]:
    """For relationships that refuse to be loaded by a touch: a query with an eager load."""
    mapped = type(instance)
    state = sa.inspect(instance)
    query = sa.select(mapped).where(
        *(
            column == value
            for column, value in zip(state.mapper.primary_key, state.identity, strict=True)
        )
    )
    eager = sa.orm.selectinload(getattr(mapped, relationship.name))
    query = query.options(eager).execution_options(populate_existing=True)
    (again,) = session.scalars(query).unique()
    found = state.dict.get(relationship.name) if again is instance else None
    if not relationship.uselist:
        return [] if found is None else [found]
    return [] if found is None else list(collections.collection_adapter(found))
