"""From a SQLAlchemy table to a `Table` with its columns and every declared rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import CreateTable

from ormthesis.core.errors import SchemaError
from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Enumeration,
    Exclusion,
    ForeignKey,
    Length,
    NotNull,
    PrimaryKey,
    Range,
    ReferentialAction,
    Unique,
)
from ormthesis.schema.model import Column, Default, DefaultKind, Table
from ormthesis.schema.read_types import DIALECT, read_type
from ormthesis.schema.types import DataType, TypeKind


def read_table(table: sa.Table, label: str) -> Table:
    """All columns and rules of one table.

    Raises SchemaError where a foreign key refers to a table that the metadata lacks.
    """
    columns = tuple(_read_column(table, column) for column in table.columns)
    rules = tuple(_distinct_ids(_rules(table, columns)))
    return Table(
        key=str(table.key),
        name=str(table.name),
        schema=str(table.schema) if table.schema is not None else None,
        label=label,
        columns=columns,
        constraints=rules,
    )


def sql_text(clause: Any) -> str:
    """The SQL of an expression as it stands in DDL: no table names, literals in place."""
    if isinstance(clause, str):
        return clause
    compiler = DIALECT.statement_compiler(DIALECT, None)
    text: str = compiler.process(clause, include_table=False, literal_binds=True)
    return text


def _read_column(table: sa.Table, column: sa.Column[Any]) -> Column:
    schema = column.info.get("json_schema")
    return Column(
        table=str(table.key),
        name=str(column.name),
        type=read_type(column.type),
        nullable=bool(column.nullable),
        primary_key=column.primary_key,
        surrogate=column is table.autoincrement_column or column.identity is not None,
        computed=column.computed is not None,
        default=_default(column),
        server_default=_server_default(column),
        json_schema=schema if isinstance(schema, Mapping) else None,
    )


def _default(column: sa.Column[Any]) -> Default | None:
    default = column.default
    if default is None:
        return None
    if default.is_scalar:
        return Default(kind=DefaultKind.SCALAR, value=default.arg)  # type: ignore[attr-defined]
    if default.is_callable:
        return Default(kind=DefaultKind.CALLABLE)
    return Default(kind=DefaultKind.SQL, sql=str(getattr(default, "arg", default)))


def _server_default(column: sa.Column[Any]) -> Default | None:
    clause = column.server_default
    if not isinstance(clause, sa.DefaultClause):
        return None
    arg = clause.arg
    sql = f"'{arg}'" if isinstance(arg, str) else sql_text(arg)
    return Default(kind=DefaultKind.SERVER, sql=sql)


def _rules(table: sa.Table, columns: tuple[Column, ...]) -> Iterator[Constraint]:
    for constraint in table.constraints:
        if isinstance(constraint, sa.PrimaryKeyConstraint) and len(constraint.columns):
            yield _primary_key(table, constraint)
    for column in columns:
        yield from _column_rules(column)
    for constraint in sorted(table.constraints, key=_declaration_order):
        yield from _table_rule(table, constraint)
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        if index.unique:
            yield _unique_index(table, index)
    in_keys = {column.name for key in table.foreign_key_constraints for column in key.columns}
    for column in columns:
        if column.name not in in_keys:
            yield from _type_rules(column)


def _declaration_order(constraint: sa.Constraint) -> int:
    return constraint._creation_order


def _primary_key(table: sa.Table, constraint: sa.PrimaryKeyConstraint) -> PrimaryKey:
    names = _names(constraint.columns)
    return PrimaryKey(
        id=f"{table.key}.primary_key({','.join(names)})",
        table=str(table.key),
        columns=names,
        name=_name(constraint),
    )


def _names(columns: Iterable[sa.Column[Any]]) -> tuple[str, ...]:
    """Plain text: a name that is to be quoted is of a class of SQLAlchemy's."""
    return tuple(str(column.name) for column in columns)


def _name(constraint: sa.Constraint | sa.Index) -> str | None:
    name = constraint.name
    if name is None or not isinstance(name, str):
        return None
    formatted = DIALECT.identifier_preparer.format_constraint(constraint)
    return formatted.strip('"') if formatted else None


def _column_rules(column: Column) -> Iterator[Constraint]:
    if not column.nullable:
        yield NotNull(
            id=f"{column.table}.{column.name}.not_null", table=column.table, columns=(column.name,)
        )


def _table_rule(table: sa.Table, constraint: sa.Constraint) -> Iterator[Constraint]:
    if isinstance(constraint, ExcludeConstraint):
        yield _exclusion(table, constraint)
    elif isinstance(constraint, sa.UniqueConstraint):
        yield _unique(table, constraint)
    elif isinstance(constraint, sa.ForeignKeyConstraint):
        yield _foreign_key(table, constraint)
    elif isinstance(constraint, sa.CheckConstraint) and not constraint._type_bound:
        yield _check(table, constraint)


def _unique(table: sa.Table, constraint: sa.UniqueConstraint) -> Unique:
    names = _names(constraint.columns)
    return Unique(
        id=f"{table.key}.unique({','.join(names)})",
        table=str(table.key),
        columns=names,
        name=_name(constraint),
        nulls_distinct=not constraint.dialect_options["postgresql"]["nulls_not_distinct"],
        deferrable=bool(constraint.deferrable),
    )


def _unique_index(table: sa.Table, index: sa.Index) -> Unique:
    options = index.dialect_options["postgresql"]
    where = options["where"]
    names = _names(index.columns)
    expressions = tuple(
        sql_text(expression)
        for expression in index.expressions
        if not isinstance(expression, sa.Column)
    )
    elements = ",".join(
        expression.name if isinstance(expression, sa.Column) else sql_text(expression)
        for expression in index.expressions
    )
    where_sql = sql_text(where) if where is not None else None
    suffix = f" where {where_sql}" if where_sql else ""
    return Unique(
        id=f"{table.key}.unique({elements}){suffix}",
        table=str(table.key),
        columns=names,
        name=_name(index),
        where=where_sql,
        expressions=expressions,
        nulls_distinct=not options["nulls_not_distinct"],
        index=True,
    )


def _foreign_key(table: sa.Table, constraint: sa.ForeignKeyConstraint) -> ForeignKey:
    names = _names(constraint.columns)
    try:
        referred = constraint.referred_table
        referred_columns = _names(element.column for element in constraint.elements)
    except sa.exc.NoReferenceError as error:
        raise SchemaError(
            f"Table {table.key!r} has a foreign key that cannot be resolved: {error}",
            hint="Import the module that declares the other table before the target is loaded.",
        ) from error
    source = f"{table.key}.{names[0]}" if len(names) == 1 else f"{table.key}.({','.join(names)})"
    return ForeignKey(
        id=f"{source}->{referred.key}",
        table=str(table.key),
        columns=names,
        name=_name(constraint),
        referred_table=str(referred.key),
        referred_columns=referred_columns,
        on_delete=_action(constraint.ondelete),
        on_update=_action(constraint.onupdate),
        deferrable=bool(constraint.deferrable),
        initially_deferred=(constraint.initially or "").upper() == "DEFERRED",
    )


def _action(text: str | None) -> ReferentialAction:
    return ReferentialAction(" ".join((text or "NO ACTION").upper().split()))


def _check(table: sa.Table, constraint: sa.CheckConstraint) -> Check:
    sql = sql_text(constraint.sqltext)
    name = _name(constraint)
    # A check in text does not know its columns: they are the words of it that name one.
    mentioned = set(re.findall(r"\w+", re.sub(r"'(?:[^']|'')*'", "", sql)))
    return Check(
        id=f"{table.key}.check({name or sql})",
        table=str(table.key),
        columns=_names(column for column in table.columns if column.name in mentioned),
        name=name,
        sql=sql,
    )


def _exclusion(table: sa.Table, constraint: ExcludeConstraint) -> Exclusion:
    # AddConstraint would keep the constraint out of the table's own DDL from now on.
    compiler = DIALECT.ddl_compiler(DIALECT, CreateTable(table))
    sql = str(compiler.process(constraint)).strip()
    return Exclusion(
        id=f"{table.key}.exclude({_name(constraint) or sql})",
        table=str(table.key),
        columns=_names(constraint.columns),
        name=_name(constraint),
        sql=sql,
    )


def _type_rules(column: Column) -> Iterator[Constraint]:
    kind, where = column.type.kind, f"{column.table}.{column.name}"
    if kind is TypeKind.TEXT and column.type.length is not None:
        limit = column.type.length
        yield Length(
            id=f"{where}.length({limit})",
            table=column.table,
            columns=(column.name,),
            limit=limit,
        )
    elif kind is TypeKind.ENUM and _database_enforces(column.type):
        yield _enumeration(column)
    elif bounds := _bounds(column.type):
        low, high, step = bounds
        yield Range(
            id=f"{where}.range({column.type.name.lower()})",
            table=column.table,
            columns=(column.name,),
            minimum=low,
            maximum=high,
            step=step,
        )


def _database_enforces(data_type: DataType) -> bool:
    return data_type.native or bool(getattr(data_type.source, "create_constraint", False))


def _enumeration(column: Column) -> Enumeration:
    type_name = getattr(column.type.source, "name", None)
    return Enumeration(
        id=f"{column.table}.{column.name}.enum({type_name or ','.join(column.type.labels)})",
        table=column.table,
        columns=(column.name,),
        labels=column.type.labels,
        native=column.type.native,
        type_name=type_name,
    )


def _bounds(data_type: DataType) -> tuple[int | Decimal, int | Decimal, int | Decimal] | None:
    if data_type.kind is TypeKind.INTEGER:
        low, high = data_type.integer_bounds
        return low, high, 1
    if data_type.kind is TypeKind.NUMERIC and data_type.precision is not None:
        unit = Decimal(1).scaleb(-(data_type.scale or 0))
        high_decimal = (Decimal(10) ** data_type.precision - 1) * unit
        return -high_decimal, high_decimal, unit
    return None


def _distinct_ids(rules: Iterator[Constraint]) -> Iterator[Constraint]:
    """A rule declared twice in the same words is one rule."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id not in seen:
            seen.add(rule.id)
            yield rule
