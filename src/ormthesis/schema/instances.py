"""Instances of mapped classes that no session knows, whatever their constructors ask for."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isabstract
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, attributes


def blank(mapper: Mapper[Any]) -> Any:
    """An instance without values.

    SQLAlchemy's own constructor is called. Any other may ask for arguments or set what it likes: as
    in a load from the database it is left out, and the discriminator is set here.
    """
    if _is_made_plainly(mapper):
        return mapper.class_()
    instance = mapper.class_manager.new_instance()
    on = mapper.polymorphic_on
    if isinstance(on, sa.Column) and mapper.polymorphic_identity is not None:
        name = mapper.get_property_by_column(on).key
        attributes.set_committed_value(instance, name, mapper.polymorphic_identity)
    return instance


def _is_made_plainly(mapper: Mapper[Any]) -> bool:
    made: Any = mapper.class_
    plain = (mapper.registry.constructor, object.__init__)
    return (
        mapper.class_manager.original_init in plain
        and made.__new__ is object.__new__
        and not isabstract(made)
    )


def composite_values(instance: Any, name: str) -> Sequence[Any] | None:
    """What a composite attribute holds, in the order of its columns; None where it is None."""
    value = getattr(instance, name)
    prop = sa.inspect(instance).mapper.composites[name]
    return None if value is None else tuple(prop._composite_values_from_instance(value))
