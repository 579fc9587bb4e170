"""Declarations that PostgreSQL cannot create, found before anything is created."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ormthesis.core.errors import SchemaError
from ormthesis.core.text import plural
from ormthesis.schema.read_tables import constraints_of
from ormthesis.schema.read_types import DIALECT

NAME_BYTES = 63
MOST_CHARACTERS = 10_485_760
MOST_DIGITS = 1000
MOST_BITS = 83_886_080
MOST_BINARY_DIGITS = 53
_SHOWN = 5


def require_creatable(metadata: sa.MetaData) -> None:
    """Raises SchemaError that names each table with the reason, where there is one."""
    reasons = list(dict.fromkeys(_reasons(metadata)))
    if not reasons:
        return
    more = f"\n  and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    raise SchemaError(
        "PostgreSQL cannot create these tables:"
        + "".join(f"\n  {reason}" for reason in reasons[:_SHOWN])
        + more,
        hint=f"Repair {plural(len(reasons), 'declaration')}, then run again.",
    )


def _reasons(metadata: sa.MetaData) -> Iterator[str]:
    for table in metadata.tables.values():
        for reason in (*_names(table), *_types(table), *_doubles(table), *_references(table)):
            yield f"{table.key}: {reason}"
    yield from _taken_names(metadata)


def _names(table: sa.Table) -> Iterator[str]:
    for what, name in (("table", table.name), *(("column", each.name) for each in table.columns)):
        if len(name.encode()) > NAME_BYTES:
            yield f"the name of the {what} {name!r} is longer than {NAME_BYTES} bytes"


def _types(table: sa.Table) -> Iterator[str]:
    for column in table.columns:
        sa_type: Any = column.type
        while isinstance(sa_type, (sa.ARRAY, sa.types.TypeDecorator)):
            sa_type = sa_type.item_type if isinstance(sa_type, sa.ARRAY) else sa_type.impl_instance
        if reason := _type(sa_type.dialect_impl(DIALECT)):
            yield f"column {column.name!r} {reason}"


def _type(sa_type: Any) -> str | None:
    if isinstance(sa_type, sa.Enum):
        return None if sa_type.name or not sa_type.native_enum else "is an enum without a name"
    for kinds, attribute, most, unit in _LIMITS:
        value = getattr(sa_type, attribute, None)
        if value == 0 and isinstance(sa_type, sa.Float):
            continue  # SQLAlchemy takes it for none
        if isinstance(sa_type, kinds) and isinstance(value, int) and not 1 <= value <= most:
            return f"has {attribute} {value}, and PostgreSQL takes 1 to {most} {unit}"
    return None


_LIMITS: tuple[tuple[tuple[type[Any], ...], str, int, str], ...] = (
    ((sa.String,), "length", MOST_CHARACTERS, "characters"),
    ((postgresql.BIT,), "length", MOST_BITS, "bits"),
    ((sa.Float,), "precision", MOST_BINARY_DIGITS, "binary digits"),
    ((sa.Numeric,), "precision", MOST_DIGITS, "digits"),
)


def _doubles(table: sa.Table) -> Iterator[str]:
    names = [_name(constraint) for constraint in constraints_of(table)]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        yield f"two constraints are named {name!r}"


def _references(table: sa.Table) -> Iterator[str]:
    for key in table.foreign_key_constraints:
        referred = key.referred_table
        columns = frozenset(element.column.name for element in key.elements)
        if columns not in _unique_sets(referred):
            names = ", ".join(element.column.name for element in key.elements)
            yield (
                f"the foreign key of {', '.join(key.columns.keys())} refers to {referred.key} "
                f"({names}), and no primary key or unique constraint, that is not deferrable, is "
                "on exactly these columns"
            )


def _unique_sets(table: sa.Table) -> set[frozenset[str]]:
    """What a foreign key may refer to."""
    keys = [
        constraint.columns
        for constraint in table.constraints
        if isinstance(constraint, (sa.PrimaryKeyConstraint, sa.UniqueConstraint))
        and not constraint.deferrable
    ]
    indexes = [
        index.columns
        for index in table.indexes
        if index.unique
        and index.dialect_options["postgresql"]["where"] is None
        and all(isinstance(expression, sa.Column) for expression in index.expressions)
    ]
    return {frozenset(column.name for column in columns) for columns in (*keys, *indexes)}


def _taken_names(metadata: sa.MetaData) -> Iterator[str]:
    """Tables, indexes and the constraints that have an index share the names of a schema."""
    owners: dict[tuple[str | None, str], str] = {
        (table.schema, table.name): f"the table {table.key}" for table in metadata.tables.values()
    }
    for table in metadata.tables.values():
        for what, name in sorted(_indexed(table)):
            owner = owners.setdefault((table.schema, name), f"{what} of {table.key}")
            if owner != f"{what} of {table.key}" or _count(table, name) > 1:
                yield f"{table.key}: {what} is named {name!r}, as is {owner}"


def _indexed(table: sa.Table) -> set[tuple[str, str]]:
    found = {("an index", name) for index in table.indexes if (name := _name(index))}
    return found | {
        ("a key", name)
        for constraint in table.constraints
        if isinstance(constraint, _WITH_INDEX) and (name := _name(constraint))
    }


def _count(table: sa.Table, name: str) -> int:
    return sum(_name(index) == name for index in table.indexes)


_WITH_INDEX = (sa.PrimaryKeyConstraint, sa.UniqueConstraint, postgresql.ExcludeConstraint)


def _name(item: sa.Constraint | sa.Index) -> str | None:
    """As it will be sent: conventions applied, cut where it is too long."""
    if not isinstance(item.name, str):
        return None
    preparer = DIALECT.identifier_preparer
    return (
        preparer.format_index(item)
        if isinstance(item, sa.Index)
        else preparer.format_constraint(item)
    )
