"""Declared rules: one class per kind, each with a stable id and a normalised signature.

A signature says what the rule is, not what it is called: two databases may give one rule different
names, and an unnamed rule gets a generated one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import ClassVar


class ConstraintKind(str, Enum):
    """The families of rules that are proved one by one."""

    NOT_NULL = "not-null"
    PRIMARY_KEY = "primary-key"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign-key"
    CHECK = "check"
    EXCLUSION = "exclusion"
    LENGTH = "length"
    RANGE = "range"
    ENUMERATION = "enum"


class ReferentialAction(str, Enum):
    """What PostgreSQL does to referencing rows, in its own words."""

    NO_ACTION = "NO ACTION"
    RESTRICT = "RESTRICT"
    CASCADE = "CASCADE"
    SET_NULL = "SET NULL"
    SET_DEFAULT = "SET DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One declared rule of one table."""

    kind: ClassVar[ConstraintKind]

    id: str
    """Stable and readable, such as `agents.project_id->projects`."""
    table: str
    columns: tuple[str, ...]
    name: str | None = None
    """As declared; None leaves the name to PostgreSQL."""

    @property
    def predicate(self) -> str | None:
        """SQL text that is part of the rule's identity: a CHECK, an index's WHERE."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One part of a key: a column or an expression, and how two rows are compared by it."""

    sql: str
    column: str | None = None
    """None for an expression."""
    operator: str = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull(Constraint):
    kind = ConstraintKind.NOT_NULL


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey(Constraint):
    kind = ConstraintKind.PRIMARY_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(Constraint):
    """A unique constraint or a unique index."""

    kind = ConstraintKind.UNIQUE
    where: str | None = None
    elements: tuple[Element, ...] = ()
    """The index's elements in their order, where some are expressions; `columns` are then those
    that they read."""
    nulls_distinct: bool = True
    index: bool = False
    deferrable: bool = False

    @property
    def predicate(self) -> str | None:
        return self.where

    @property
    def expressions(self) -> tuple[str, ...]:
        """SQL of the elements that are not plain columns."""
        return tuple(element.sql for element in self.elements if element.column is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey(Constraint):
    kind = ConstraintKind.FOREIGN_KEY
    referred_table: str
    referred_columns: tuple[str, ...]
    on_delete: ReferentialAction = ReferentialAction.NO_ACTION
    on_update: ReferentialAction = ReferentialAction.NO_ACTION
    deferrable: bool = False
    initially_deferred: bool = False
    match_full: bool = False
    """MATCH FULL: either all columns are NULL or none is."""
    cleared: tuple[str, ...] = ()
    """The columns that ON DELETE SET NULL or SET DEFAULT sets, where they are not all of them."""

    @property
    def is_self_reference(self) -> bool:
        return self.table == self.referred_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Constraint):
    """Of a table; or with `domain` of the column's type, which has that name."""

    kind = ConstraintKind.CHECK
    sql: str
    domain: str | None = None

    @property
    def predicate(self) -> str | None:
        return self.sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion(Constraint):
    """No two rows for which all the elements' operators hold. `columns` are those that it reads."""

    kind = ConstraintKind.EXCLUSION
    sql: str
    elements: tuple[Element, ...] = ()
    where: str | None = None
    deferrable: bool = False

    @property
    def expressions(self) -> tuple[str, ...]:
        return tuple(element.sql for element in self.elements if element.column is None)

    @property
    def predicate(self) -> str | None:
        return self.sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(Constraint):
    """At most `limit` characters."""

    kind = ConstraintKind.LENGTH
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Range(Constraint):
    """The least and greatest values that the type can hold; `step` separates neighbours."""

    kind = ConstraintKind.RANGE
    minimum: int | Decimal
    maximum: int | Decimal
    step: int | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(Constraint):
    """The labels that a column may hold."""

    kind = ConstraintKind.ENUMERATION
    labels: tuple[str, ...]
    native: bool
    type_name: str | None = None
