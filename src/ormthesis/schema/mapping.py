"""What mapped classes declare, as frozen data: parts, relationships, discriminators, counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Direction(str, Enum):
    """SQLAlchemy's names for the direction of a relationship."""

    MANY_TO_ONE = "MANYTOONE"
    ONE_TO_MANY = "ONETOMANY"
    MANY_TO_MANY = "MANYTOMANY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    id: str
    """Such as `Agent.commands`."""
    model: str
    name: str
    target: str
    direction: Direction
    uselist: bool
    foreign_key: str | None
    """The id of the key it follows, None for a many-to-many or a custom join."""
    back_populates: str | None = None
    cascade: frozenset[str] = frozenset()
    passive_deletes: bool | str = False
    post_update: bool = False
    viewonly: bool = False
    secondary: tuple[str, str] | None = None
    """Of a many-to-many: the secondary table's keys to this side and to the other."""
    lazy: str = "select"
    written: tuple[str, ...] = ()
    """The columns of the key that setting the relationship writes: fewer than all where the join
    marks some as `foreign`."""
    filtered: bool = False
    """Its join has conditions beyond the columns of a key."""
    single_parent: bool = False
    """The ORM refuses a second object that leads to the same one."""

    @property
    def is_to_one(self) -> bool:
        """Whether its own side holds the reference: many-to-one."""
        return self.direction is Direction.MANY_TO_ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A table that holds one row of every object of a class: a base class's, or the class's own."""

    table: str
    attributes: Mapping[str, str]
    """Column name to attribute name, for the columns that are mapped."""
    key: str | None = None
    """The id of the foreign key that leads to a part before; None for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How rows tell which class they belong to: `column`, or the expression `sql`, is `value`."""

    table: str
    value: Any
    column: str | None = None
    sql: str | None = None
    """The whole predicate, for a discriminator that is an expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The column that counts an object's versions; the ORM writes it, never the application."""

    table: str
    column: str
    first: Any
    """The value of a new object, as stored; None where the generator gives another each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """An attribute whose value is made of several columns."""

    name: str
    attributes: tuple[str, ...]
    """The attributes of its columns, in its own order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One mapped class."""

    name: str
    table: str
    """The class's own table: a base class's in single-table inheritance."""
    attributes: Mapping[str, str]
    """Column name to attribute name, for the mapped columns of `table`."""
    parts: tuple[Part, ...] = ()
    """The tables that hold an object, the base class's first; the last is `table`."""
    key: tuple[str, ...] = ()
    """The columns of the first part's table by which a session tells objects apart."""
    bases: tuple[str, ...] = ()
    """Names of the mapped classes that it inherits from, the nearest first."""
    identity: Identity | None = None
    abstract: bool = False
    """Its rows belong to subclasses, all of them."""
    relationships: tuple[Relationship, ...] = ()
    """Its own and those of its base classes."""
    validated: frozenset[str] = frozenset()
    """Attribute names with a `@validates` function."""
    composites: tuple[Composite, ...] = ()
    passive_deletes: bool = False
    """A delete leaves the rows of joined subclasses to the database."""
    version: Version | None = None
    listens: bool = False
    """Listeners of the class run at a flush: they may change values and write other rows."""
    untestable: str = ""
    """Why objects of the class cannot be tested; empty where they can."""

    def is_a(self, name: str) -> bool:
        return name == self.name or name in self.bases

    def attribute(self, table: str, column: str) -> str | None:
        """The attribute for a column of one of the parts; None where it is not mapped."""
        part = self.part(table)
        return None if part is None else part.attributes.get(column)

    def part(self, table: str) -> Part | None:
        return next((part for part in self.parts if part.table == table), None)
