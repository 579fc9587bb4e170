"""Every rule of the tables as data: how to break it, how the database names it, how to drop it.

Derived from the metadata, so a new column is covered at once; only the values that break or just
keep a CHECK are written down. A rule is broken by an UPDATE of one valid row, so that it is the
only rule that breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Enum,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    UniqueConstraint,
)

from ormthesis.demo.headspace import Base

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Column, Table

STRING_TOO_LONG = "22001"
NUMBER_OUT_OF_RANGE = "22003"
INVALID_TEXT_REPRESENTATION = "22P02"
NOT_NULL_VIOLATION = "23502"
FOREIGN_KEY_VIOLATION = "23503"
UNIQUE_VIOLATION = "23505"
CHECK_VIOLATION = "23514"

# A key that no sequence reaches in a test.
NO_SUCH_KEY = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a table and one way to break it.

    `assignments` are those of an UPDATE and may read a second row, whose key is `:other`.
    `constraint` and `column` are what the server must name in its refusal; None where it names
    nothing. `weaken` are the DDL statements that drop the rule.
    """

    kind: str
    table: str
    target: str
    assignments: str
    sqlstate: str
    weaken: tuple[str, ...]
    constraint: str | None = None
    column: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}-{self.target}"


# For each CHECK, assignments that break it and no other rule.
CHECK_VIOLATIONS: Mapping[str, tuple[str, ...]] = {
    "ck_agents_priority_complete": (
        "priority_score = 1, priority_reason = NULL, priority_updated_at = NULL",
        "priority_score = NULL, priority_reason = 'urgent', priority_updated_at = NULL",
        "priority_score = NULL, priority_reason = NULL, priority_updated_at = now()",
        "priority_score = NULL, priority_reason = 'urgent', priority_updated_at = now()",
        "priority_score = 1, priority_reason = NULL, priority_updated_at = now()",
        "priority_score = 1, priority_reason = 'urgent', priority_updated_at = NULL",
    ),
    "ck_agents_ended_after_start": ("ended_at = started_at - interval '1 microsecond'",),
    "ck_agents_context_percent": ("context_percent_used = -1", "context_percent_used = 101"),
    "ck_commands_completed_after_start": ("completed_at = started_at - interval '1 microsecond'",),
}

# For each CHECK, assignments that just keep it.
CHECK_LIMITS: Mapping[str, tuple[str, ...]] = {
    "ck_agents_priority_complete": (
        "priority_score = NULL, priority_reason = NULL, priority_updated_at = NULL",
        "priority_score = 1, priority_reason = 'urgent', priority_updated_at = now()",
    ),
    "ck_agents_ended_after_start": ("ended_at = started_at", "ended_at = NULL"),
    "ck_agents_context_percent": (
        "context_percent_used = 0",
        "context_percent_used = 100",
        "context_percent_used = NULL",
    ),
    "ck_commands_completed_after_start": ("completed_at = started_at", "completed_at = NULL"),
}


def all_rules() -> tuple[Rule, ...]:
    """Every rule of every table that the database enforces."""
    return tuple(rule for table in Base.metadata.sorted_tables for rule in _rules_of(table))


def _rules_of(table: Table) -> Iterator[Rule]:
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        if index.unique:
            yield _unique_rule(table, str(index.name), index.columns, f"DROP INDEX {index.name}")
    for constraint in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
        name = str(constraint.name)
        if isinstance(constraint, UniqueConstraint | PrimaryKeyConstraint):
            yield _unique_rule(table, name, constraint.columns, _drop(table, name))
        elif isinstance(constraint, CheckConstraint):
            yield from _check_rules(table, name)
    for column in table.columns:
        if not column.nullable:
            yield _not_null_rule(table, column)
        yield from _foreign_key_rules(table, column)
        yield from _type_rules(table, column)


def _drop(table: Table, constraint: str) -> str:
    return f"ALTER TABLE {table.name} DROP CONSTRAINT {constraint} CASCADE"


def _unique_rule(table: Table, name: str, columns: Any, weaken: str) -> Rule:
    return Rule(
        kind="unique",
        table=table.name,
        target=name,
        assignments=", ".join(
            f"{column.name} = (SELECT {column.name} FROM {table.name} WHERE id = :other)"
            for column in columns
        ),
        sqlstate=UNIQUE_VIOLATION,
        weaken=(weaken,),
        constraint=name,
    )


def _check_rules(table: Table, name: str) -> Iterator[Rule]:
    for assignments in CHECK_VIOLATIONS[name]:
        yield Rule(
            kind="check",
            table=table.name,
            target=name,
            assignments=assignments,
            sqlstate=CHECK_VIOLATION,
            weaken=(_drop(table, name),),
            constraint=name,
        )


def _foreign_key_rules(table: Table, column: Column[Any]) -> Iterator[Rule]:
    for name in _foreign_keys_of(column):
        yield Rule(
            kind="foreign-key",
            table=table.name,
            target=name,
            assignments=f"{column.name} = {NO_SUCH_KEY}",
            sqlstate=FOREIGN_KEY_VIOLATION,
            weaken=(_drop(table, name),),
            constraint=name,
        )


def _foreign_keys_of(column: Column[Any]) -> list[str]:
    return [str(key.constraint.name) for key in column.foreign_keys if key.constraint]


def _not_null_rule(table: Table, column: Column[Any]) -> Rule:
    drops_key = (_drop(table, str(table.primary_key.name)),) if column.primary_key else ()
    return Rule(
        kind="not-null",
        table=table.name,
        target=str(column),
        assignments=f"{column.name} = NULL",
        sqlstate=NOT_NULL_VIOLATION,
        weaken=(*drops_key, f"ALTER TABLE {table.name} ALTER COLUMN {column.name} DROP NOT NULL"),
        column=column.name,
    )


def _type_rules(table: Table, column: Column[Any]) -> Iterator[Rule]:
    """The limits of a column's type, about which the server names nothing."""
    match column.type:
        case Enum(enum_class=members) if members is not None:
            for label in ("nonsense", *(member.value for member in members)):
                yield _text_rule(table, column, "enum", INVALID_TEXT_REPRESENTATION, label)
        case String(length=int(length)):
            yield _text_rule(table, column, "length", STRING_TOO_LONG, "x" * (length + 1))
        case SmallInteger():
            yield _range_rule(table, column, 2**15)
        case Integer():
            yield _range_rule(table, column, 2**31)


def _text_rule(table: Table, column: Column[Any], kind: str, sqlstate: str, value: str) -> Rule:
    return Rule(
        kind=kind,
        table=table.name,
        target=str(column),
        assignments=f"{column.name} = '{value}'",
        sqlstate=sqlstate,
        weaken=(_retype(table, column, "text"),),
    )


def _range_rule(table: Table, column: Column[Any], value: int) -> Rule:
    """Behind a range stand the CHECKs and keys of the same column: weakening drops them too."""
    checks = (str(c.name) for c in table.constraints if isinstance(c, CheckConstraint))
    return Rule(
        kind="range",
        table=table.name,
        target=str(column),
        assignments=f"{column.name} = {value}",
        sqlstate=NUMBER_OUT_OF_RANGE,
        weaken=(
            *(_drop(table, name) for name in (*checks, *_foreign_keys_of(column))),
            _retype(table, column, "bigint"),
        ),
    )


def _retype(table: Table, column: Column[Any], wider: str) -> str:
    name = column.name
    return f"ALTER TABLE {table.name} ALTER COLUMN {name} TYPE {wider} USING {name}::{wider}"
