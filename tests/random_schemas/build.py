"""From a plan to tables, and to the statement that takes one rule away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import registry

from ormthesis.schema.constraints import Check, Enumeration, ForeignKey, Length, NotNull, Unique
from tests.random_schemas.columns import TYPES

if TYPE_CHECKING:
    from ormthesis.schema.constraints import Constraint
    from ormthesis.schema.model import Table
    from tests.random_schemas.plans import ColumnPlan, KeyPlan, SchemaPlan, TablePlan

_KEY_TYPES: dict[str, tuple[Any, ...]] = {
    "number": (sa.Integer,),
    "big number": (sa.BigInteger,),
    "text": (sa.String(12),),
    "uuid": (sa.Uuid,),
    "pair": (sa.Integer, sa.String(12)),
}


def target_of(plan: SchemaPlan) -> registry | sa.MetaData:
    """The plan's tables `t0`, `t1`, ...; with classes a registry."""
    metadata = sa.MetaData()
    for number, table in enumerate(plan.tables):
        _add_table(metadata, plan, number, table)
    if not plan.mapped:
        return metadata
    owner = registry(metadata=metadata)
    for number in range(len(plan.tables)):
        owner.map_imperatively(type(f"T{number}", (), {}), metadata.tables[f"t{number}"])
    return owner


def _key_types(plan: SchemaPlan, number: int) -> tuple[Any, ...]:
    """The types of a table's primary key; one that is a reference has its parent's."""
    kind = plan.tables[number].primary_key
    return _key_types(plan, number - 1) if kind == "parent" else _KEY_TYPES[kind]


def _add_table(metadata: sa.MetaData, plan: SchemaPlan, number: int, table: TablePlan) -> None:
    name = f"t{number}"
    types = _key_types(plan, number)
    numbered = len(types) == 1 and table.primary_key != "parent"
    parts: list[Any] = [
        sa.Column(
            f"id{index}",
            data_type,
            primary_key=True,
            autoincrement="auto" if numbered else False,
        )
        for index, data_type in enumerate(types)
    ]
    parts += [_column(name, column) for column in table.columns]
    parts += [
        sa.CheckConstraint(sql, name=f"ck_{name}_{index}") for index, sql in enumerate(table.checks)
    ]
    if table.primary_key == "parent":
        own = [f"id{index}" for index in range(len(types))]
        parts.append(
            sa.ForeignKeyConstraint(
                own, [f"t{number - 1}.{column}" for column in own], name=f"fk_{name}_parent"
            )
        )
    made = sa.Table(name, metadata, *parts)
    for index, key in enumerate(table.keys):
        _add_key(made, plan, number, index, key)
    for index, unique in enumerate(table.uniques):
        sa.Index(
            f"ux_{name}_{index}",
            *(made.c[column] for column in unique.columns),
            unique=True,
            postgresql_where=sa.text(unique.where) if unique.where else None,
            postgresql_nulls_not_distinct=not unique.nulls_distinct,
        )


def _column(table: str, plan: ColumnPlan) -> sa.Column[Any]:
    found = TYPES[plan.type]
    default = sa.text(found.default) if plan.defaulted and found.default else None
    return sa.Column(
        plan.name,
        found.make(f"{table}_{plan.name}"),
        nullable=plan.nullable,
        server_default=default,
    )


def _add_key(table: sa.Table, plan: SchemaPlan, number: int, index: int, key: KeyPlan) -> None:
    types = _key_types(plan, key.parent)
    names = [f"k{index}_{part}" for part in range(len(types))]
    for name, data_type in zip(names, types, strict=True):
        table.append_column(sa.Column(name, data_type, nullable=not key.required))
    table.append_constraint(
        sa.ForeignKeyConstraint(
            names,
            [f"t{key.parent}.id{part}" for part in range(len(types))],
            name=f"fk_{table.name}_{index}",
            ondelete=key.action,
            deferrable=True if key.initially else None,
            initially=key.initially,
            use_alter=key.parent > number,
        )
    )
    if key.unique:
        table.append_constraint(sa.UniqueConstraint(*names, name=f"uq_{table.name}_{index}"))


def without_rule(table: Table, rule: Constraint) -> str | None:
    """The statement that takes a rule away; None for rules that others depend on."""
    alter = f"ALTER TABLE {table.name}"
    match rule:
        case NotNull() if rule.columns[0] not in table.primary_key:
            return f"{alter} ALTER {rule.columns[0]} DROP NOT NULL"
        case Unique() if rule.index:
            return f"DROP INDEX {rule.name}"
        case Unique() | Check() | ForeignKey():
            return f"{alter} DROP CONSTRAINT {rule.name}"
        case Length() if rule.columns[0] not in table.foreign_key_columns | {*table.primary_key}:
            return f"{alter} ALTER {rule.columns[0]} TYPE varchar({rule.limit + 3})"
        case Enumeration():
            return f"ALTER TYPE {rule.type_name} ADD VALUE 'another'"
        case _:
            return None
