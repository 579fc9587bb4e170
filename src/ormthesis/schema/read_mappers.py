"""From SQLAlchemy mappers to `Model`s and `Relationship`s."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty

from ormthesis.schema.model import Direction, Model, Relationship, Table


def read_model(mapper: Mapper[Any], tables: dict[str, Table]) -> Model:
    """The mapped class over its own table (`mapper.local_table`)."""
    local = mapper.local_table
    assert isinstance(local, sa.Table)
    return Model(
        name=mapper.class_.__name__,
        table=local.key,
        attributes=_attributes(mapper, local),
        relationships=tuple(_relationship(prop, tables) for prop in mapper.relationships),
        validated=frozenset(mapper.validators),
    )


def _attributes(mapper: Mapper[Any], table: sa.Table) -> dict[str, str]:
    return {
        column.name: prop.key
        for prop in mapper.column_attrs
        if isinstance(prop, ColumnProperty)
        for column in prop.columns
        if isinstance(column, sa.Column) and column.table is table
    }


def _relationship(prop: RelationshipProperty[Any], tables: dict[str, Table]) -> Relationship:
    reverse = sorted(other.key for other in prop._reverse_property)
    return Relationship(
        id=f"{prop.parent.class_.__name__}.{prop.key}",
        model=prop.parent.class_.__name__,
        name=prop.key,
        target=prop.mapper.class_.__name__,
        direction=Direction(prop.direction.name),
        uselist=bool(prop.uselist),
        foreign_key=_followed_key(prop, tables),
        back_populates=reverse[0] if reverse else None,
        cascade=frozenset(prop.cascade),
        passive_deletes=prop.passive_deletes,
        post_update=bool(prop.post_update),
        viewonly=bool(prop.viewonly),
    )


def _followed_key(prop: RelationshipProperty[Any], tables: dict[str, Table]) -> str | None:
    """The foreign key whose column pairs are exactly those that the join compares."""
    if prop.secondary is not None:
        return None
    forward = ((_place(local), _place(remote)) for local, remote in prop.local_remote_pairs)
    pairs = {frozenset(pair) for pair in forward}
    for table in tables.values():
        for key in table.foreign_keys:
            columns = zip(key.columns, key.referred_columns, strict=True)
            declared = {((key.table, a), (key.referred_table, b)) for a, b in columns}
            if {frozenset(pair) for pair in declared} == pairs:
                return key.id
    return None


def _place(column: Any) -> tuple[str, str]:
    """Table key and column name: another schema may have a table of the same name."""
    return str(getattr(column.table, "key", "")), str(column.name)
