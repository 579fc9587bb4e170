"""From SQLAlchemy mappers to `Model`s and `Relationship`s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import eq
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty
from sqlalchemy.sql.operators import and_

from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.mapping import (
    Composite,
    Direction,
    Identity,
    Model,
    Part,
    Relationship,
    Version,
)
from ormthesis.schema.model import Table
from ormthesis.schema.read_tables import sql_text


def read_model(mapper: Mapper[Any], tables: Mapping[str, Table]) -> Model:
    """The mapped class over its own table (`mapper.local_table`) and those of its base classes."""
    local = mapper.local_table
    assert isinstance(local, sa.Table)
    lineage = _lineage(mapper)
    parts, reason = _parts(mapper, lineage, tables)
    identity = _identity(mapper)
    return Model(
        name=mapper.class_.__name__,
        table=local.key,
        attributes=_attributes(mapper, local),
        parts=parts,
        key=tuple(column.name for column in mapper.primary_key),
        bases=tuple(base.class_.__name__ for base in lineage[-2::-1]),
        identity=identity,
        abstract=_has_discriminator(mapper) and mapper.polymorphic_identity is None,
        relationships=tuple(_relationship(prop, tables) for prop in mapper.relationships),
        validated=frozenset(mapper.validators),
        composites=tuple(_composites(mapper)),
        passive_deletes=bool(mapper.passive_deletes),
        version=_version(mapper),
        listens=_listens(mapper),
        untestable=reason or _unreadable(mapper, identity, tables),
    )


_AT_FLUSH = tuple(
    f"{when}_{what}" for when in ("before", "after") for what in ("insert", "update", "delete")
)
_BY_COMPOSITES = ("after_insert", "after_update")


def _listens(mapper: Mapper[Any]) -> bool:
    """Whether somebody listens to flushes, beside SQLAlchemy itself for each composite."""
    own = sum(prop.parent is mapper for prop in mapper.composites)
    return any(
        len(getattr(mapper.dispatch, name)) > (own if name in _BY_COMPOSITES else 0)
        for name in _AT_FLUSH
    )


def _composites(mapper: Mapper[Any]) -> Iterator[Composite]:
    for prop in mapper.composites:
        yield Composite(name=prop.key, attributes=tuple(part.key for part in prop.props))


def _version(mapper: Mapper[Any]) -> Version | None:
    """None also where the database counts: then the column has a server default."""
    column, generator = mapper.version_id_col, mapper.version_id_generator
    if not isinstance(column, sa.Column) or not callable(generator):
        return None
    first = generator(None)
    table = getattr(column.table, "key", "")
    known = first if first == generator(None) else None
    return Version(table=str(table), column=column.name, first=known)


def _lineage(mapper: Mapper[Any]) -> list[Mapper[Any]]:
    """The mapper with those whose rows its objects share, the base class's first.

    A concrete class inherits attributes, and shares no row.
    """
    found: list[Mapper[Any]] = []
    for base in mapper.iterate_to_root():
        found.insert(0, base)
        if base.concrete:
            break
    return found


def _parts(
    mapper: Mapper[Any], lineage: list[Mapper[Any]], tables: Mapping[str, Table]
) -> tuple[tuple[Part, ...], str]:
    """The tables of an object, and why they cannot be told where they cannot."""
    parts: list[Part] = []
    for base in lineage:
        local = base.local_table
        if not isinstance(local, sa.Table):
            return tuple(parts), f"{base.class_.__name__} is mapped to a selectable, not a table"
        if any(part.table == local.key for part in parts):
            continue
        key = _inheritance_key(base, tables[local.key], parts) if parts else None
        if parts and key is None:
            return tuple(parts), f"no foreign key ties {local.key} to {parts[-1].table}"
        parts.append(
            Part(
                table=local.key,
                attributes=_attributes(mapper, local),
                key=key.id if key is not None else None,
            )
        )
    return tuple(parts), ""


def _inheritance_key(mapper: Mapper[Any], table: Table, before: list[Part]) -> ForeignKey | None:
    """The key whose columns the inherit condition compares with a table of the base classes."""
    condition = mapper.inherit_condition
    compared: set[tuple[str, str]] = set()
    if condition is not None:
        for node in sa.sql.visitors.iterate(condition):
            if isinstance(node, sa.Column) and isinstance(node.table, sa.Table):
                compared.add((node.table.key, node.name))
    known = {part.table for part in before}
    for key in table.foreign_keys:
        pairs = {(table.key, name) for name in key.columns}
        pairs |= {(key.referred_table, name) for name in key.referred_columns}
        if key.referred_table in known and pairs <= compared:
            return key
    return None


def _has_discriminator(mapper: Mapper[Any]) -> bool:
    return mapper.polymorphic_on is not None and not mapper.concrete


def _identity(mapper: Mapper[Any]) -> Identity | None:
    """None where no discriminator tells the class's rows from others."""
    on, value = mapper.polymorphic_on, mapper.polymorphic_identity
    if on is None or value is None or mapper.concrete:
        return None
    if isinstance(on, sa.Column) and isinstance(on.table, sa.Table):
        return Identity(table=on.table.key, value=value, column=on.name)
    table = mapper.base_mapper.local_table
    if not isinstance(table, sa.Table):
        return None
    try:
        sql = f"({sql_text(on)}) = {sql_text(sa.literal(value))}"
    except sa.exc.SQLAlchemyError:
        return None
    return Identity(table=table.key, value=value, sql=sql)


def _unreadable(mapper: Mapper[Any], identity: Identity | None, tables: Mapping[str, Table]) -> str:
    """Why rows cannot be given the class's discriminator."""
    if not _has_discriminator(mapper) or mapper.polymorphic_identity is None:
        return ""
    if identity is None:
        return "its polymorphic_on is an expression that cannot be read"
    table = tables[identity.table]
    if identity.column in table.foreign_key_columns:
        return f"its discriminator {table.key}.{identity.column} is a foreign key"
    return ""


def _attributes(mapper: Mapper[Any], table: sa.Table) -> dict[str, str]:
    return {
        column.name: prop.key
        for prop in mapper.column_attrs
        if isinstance(prop, ColumnProperty)
        for column in prop.columns
        if isinstance(column, sa.Column) and column.table is table and not column.system
    }


def _relationship(prop: RelationshipProperty[Any], tables: Mapping[str, Table]) -> Relationship:
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
        secondary=_secondary(prop, tables),
        lazy=str(prop.lazy),
        written=tuple(str(column.name) for _, column in prop.synchronize_pairs or ()),
        filtered=_is_filtered(prop),
        single_parent=bool(prop.single_parent),
    )


def _followed_key(prop: RelationshipProperty[Any], tables: Mapping[str, Table]) -> str | None:
    """The foreign key whose column pairs are exactly those that the join compares."""
    if prop.secondary is not None or _is_filtered(prop):
        return None
    return _key_of(prop.local_remote_pairs or (), tables)


def _secondary(
    prop: RelationshipProperty[Any], tables: Mapping[str, Table]
) -> tuple[str, str] | None:
    """The secondary table's keys to this side and to the other."""
    own = _key_of(prop.synchronize_pairs or (), tables)
    other = _key_of(prop.secondary_synchronize_pairs or (), tables)
    if prop.secondary is None or _is_filtered(prop) or not own or not other:
        return None
    return own, other


def _is_filtered(prop: RelationshipProperty[Any]) -> bool:
    """Whether a join asks for more than that columns are equal."""
    joins = (prop.primaryjoin, prop.secondaryjoin)
    return any(
        not _is_equality(part) for join in joins if join is not None for part in _conjuncts(join)
    )


def _conjuncts(clause: Any) -> Iterator[Any]:
    if isinstance(clause, sa.sql.elements.BooleanClauseList) and clause.operator is and_:
        for part in clause.clauses:
            yield from _conjuncts(part)
    else:
        yield clause


def _is_equality(clause: Any) -> bool:
    return (
        isinstance(clause, sa.sql.elements.BinaryExpression)
        and clause.operator is eq
        and isinstance(clause.left, sa.Column)
        and isinstance(clause.right, sa.Column)
    )


def _key_of(pairs: Iterable[tuple[Any, Any]], tables: Mapping[str, Table]) -> str | None:
    """The foreign key that relates exactly these pairs of columns."""
    wanted = {frozenset((_place(one), _place(other))) for one, other in pairs}
    for table in tables.values():
        for key in table.foreign_keys:
            columns = zip(key.columns, key.referred_columns, strict=True)
            declared = {
                frozenset(((key.table, own), (key.referred_table, referred)))
                for own, referred in columns
            }
            if declared == wanted:
                return key.id
    return None


def _place(column: Any) -> tuple[str, str]:
    """Table key and column name: another schema may have a table of the same name."""
    return str(getattr(column.table, "key", "")), str(column.name)
