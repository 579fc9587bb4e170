"""From a SQLAlchemy table to a `Table` with its columns and every declared rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import CreateTable

from ormthesis.core.errors import SchemaError
from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Element,
    Exclusion,
    ForeignKey,
    NotNull,
    PrimaryKey,
    ReferentialAction,
    Unique,
)
from ormthesis.schema.model import Column, Computation, Default, DefaultKind, Table
from ormthesis.schema.read_type_rules import domain_rules, type_rules
from ormthesis.schema.read_types import DIALECT, read_type


def read_table(table: sa.Table, label: str) -> Table:
    """All columns and rules of one table, but the columns that PostgreSQL gives every table.

    Raises SchemaError where a foreign key refers to a table that the metadata lacks.
    """
    columns = tuple(_read_column(table, column) for column in _own_columns(table))
    rules = tuple(_distinct_ids(_rules(table, columns)))
    return Table(
        key=str(table.key),
        name=str(table.name),
        schema=str(table.schema) if table.schema is not None else None,
        label=label,
        columns=columns,
        constraints=rules,
        computations=tuple(_computations(table, columns)),
    )


def _own_columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if not column.system]


def sql_text(clause: Any) -> str:
    """The SQL of an expression as it stands in DDL: no table names, literals in place."""
    if isinstance(clause, str):
        return clause
    compiler = DIALECT.statement_compiler(DIALECT, None)
    text: str = compiler.process(clause, include_table=False, literal_binds=True)
    return text


def _read_column(table: sa.Table, column: sa.Column[Any]) -> Column:
    schema = column.info.get("json_schema")
    data_type = read_type(column.type)
    not_null = data_type.domain is not None and data_type.domain.not_null
    key = table.autoincrement_column
    surrogate = column is key or (column.identity is not None and key is None)
    return Column(
        table=str(table.key),
        name=str(column.name),
        type=data_type,
        nullable=bool(column.nullable) and not not_null,
        primary_key=column.primary_key,
        surrogate=surrogate,
        numbered=column.identity is not None and not surrogate,
        always=column.identity is not None and bool(column.identity.always),
        computed=column.computed is not None,
        default=_default(column),
        server_default=_server_default(column),
        onupdate=column.onupdate is not None,
        server_onupdate=column.server_onupdate is not None,
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
    if column.identity is not None:
        return Default(kind=DefaultKind.SERVER, sql="GENERATED AS IDENTITY")
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
    for constraint in sorted(constraints_of(table), key=_declaration_order):
        yield from _table_rule(table, constraint)
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        if index.unique:
            yield _unique_index(table, index)
    in_keys = {column.name for key in table.foreign_key_constraints for column in key.columns}
    for column in columns:
        if column.name not in in_keys:
            yield from type_rules(column)
            yield from domain_rules(column)


def constraints_of(table: sa.Table) -> Iterator[sa.Constraint]:
    """The table's constraints, and those that are declared within its columns."""
    yield from table.constraints
    for column in table.columns:
        yield from column.constraints


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
    elements = tuple(_element(expression) for expression in index.expressions)
    expressed = any(element.column is None for element in elements)
    where_sql = sql_text(where) if where is not None else None
    suffix = f" where {where_sql}" if where_sql else ""
    return Unique(
        id=f"{table.key}.unique({','.join(element.sql for element in elements)}){suffix}",
        table=str(table.key),
        columns=_read_by(table, elements),
        name=_name(index),
        where=where_sql,
        elements=elements if expressed else (),
        nulls_distinct=not options["nulls_not_distinct"],
        index=True,
    )


def _computations(table: sa.Table, columns: tuple[Column, ...]) -> Iterator[Computation]:
    for source, column in zip(_own_columns(table), columns, strict=True):
        if source.computed is not None:
            sql, stored = sql_text(source.computed.sqltext), bool(source.computed.persisted)
            yield Computation(sql=sql, type=column.type, column=column.name, stored=stored)
    for index in table.indexes:
        yield from _of_index(index.expressions, index.dialect_options["postgresql"]["where"])
    for constraint in table.constraints:
        if isinstance(constraint, ExcludeConstraint):
            yield from _of_index((each[0] for each in constraint._render_exprs), constraint.where)


def _of_index(expressions: Iterable[Any], where: Any) -> Iterator[Computation]:
    predicate = sql_text(where) if where is not None else None
    if predicate is not None:
        yield Computation(sql=predicate)
    for expression in expressions:
        if not isinstance(expression, str):
            element = _element(expression)
            if element.column is None:
                yield Computation(sql=element.sql, where=predicate)


def _element(expression: Any, operator: str = "=") -> Element:
    """Order and place of NULLs, such as `x DESC`, have no part in what a key refuses."""
    while isinstance(expression, sa.UnaryExpression) and expression.modifier is not None:
        expression = expression.element
    if isinstance(expression, sa.Column):
        name = str(expression.name)
        return Element(sql=name, column=name, operator=operator)
    return Element(sql=sql_text(expression), operator=operator)


def _read_by(table: sa.Table, elements: tuple[Element, ...]) -> tuple[str, ...]:
    """Plain columns in their order, then those that expressions mention."""
    names = [element.column for element in elements if element.column is not None]
    for element in elements:
        if element.column is None:
            names += [name for name in _mentioned(table, element.sql) if name not in names]
    return tuple(names)


def _mentioned(table: sa.Table, sql: str) -> tuple[str, ...]:
    """SQL as text does not know its columns: they are the words of it that name one."""
    words = set(re.findall(r"\w+", re.sub(r"'(?:[^']|'')*'", "", sql)))
    words |= {word.lower() for word in words}  # PostgreSQL folds names that are not quoted
    return tuple(str(column.name) for column in table.columns if column.name in words)


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
        match_full=(constraint.match or "").upper() == "FULL",
        cleared=_cleared(table, constraint.ondelete or ""),
    )


def _action(text: str | None) -> ReferentialAction:
    words, _, _ = (text or "NO ACTION").partition("(")
    return ReferentialAction(" ".join(words.upper().split()))


def _cleared(table: sa.Table, text: str) -> tuple[str, ...]:
    """The columns that `SET NULL (a, b)` lists."""
    _, _, listed = text.partition("(")
    return _mentioned(table, listed) if listed else ()


def _check(table: sa.Table, constraint: sa.CheckConstraint) -> Check:
    sql = sql_text(constraint.sqltext)
    name = _name(constraint)
    return Check(
        id=f"{table.key}.check({name or sql})",
        table=str(table.key),
        columns=_mentioned(table, sql),
        name=name,
        sql=sql,
    )


def _exclusion(table: sa.Table, constraint: ExcludeConstraint) -> Exclusion:
    # AddConstraint would keep the constraint out of the table's own DDL from now on.
    compiler = DIALECT.ddl_compiler(DIALECT, CreateTable(table))
    sql = str(compiler.process(constraint)).strip()
    elements = tuple(
        _element(table.columns.get(expression, expression), operator)
        if isinstance(expression, str)
        else _element(expression, operator)
        for expression, _, operator in constraint._render_exprs
    )
    return Exclusion(
        id=f"{table.key}.exclude({_name(constraint) or sql})",
        table=str(table.key),
        columns=_read_by(table, elements),
        name=_name(constraint),
        sql=sql,
        elements=elements,
        where=sql_text(constraint.where) if constraint.where is not None else None,
        deferrable=bool(constraint.deferrable),
    )


def _distinct_ids(rules: Iterator[Constraint]) -> Iterator[Constraint]:
    """A rule declared twice in the same words is one rule."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id not in seen:
            seen.add(rule.id)
            yield rule
