"""What the models declare, as frozen data that names no SQLAlchemy object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, TypeVar

from ormthesis.core.errors import InternalError
from ormthesis.core.text import plural
from ormthesis.schema.constraints import Check, Constraint, ForeignKey
from ormthesis.schema.mapping import Model, Relationship
from ormthesis.schema.occupied import NOTHING, Occupied
from ormthesis.schema.types import DataType

C = TypeVar("C", bound=Constraint)


class DefaultKind(str, Enum):
    """Where the value of a column that a statement leaves out comes from."""

    SCALAR = "scalar"  # a Python value in the model
    CALLABLE = "callable"  # a Python function, called at flush
    SQL = "sql"  # an expression or sequence that SQLAlchemy puts into the statement
    SERVER = "server"  # a DEFAULT of the table


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """`value` is the scalar; `sql` the text of a server or SQL default."""

    kind: DefaultKind
    value: Any = None
    sql: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    table: str
    name: str
    type: DataType
    nullable: bool
    primary_key: bool = False
    surrogate: bool = False
    """The database numbers it: a serial or identity primary key that nobody writes."""
    numbered: bool = False
    """The database numbers it, and another column is the surrogate: it is left to the database."""
    always: bool = False
    """GENERATED ALWAYS AS IDENTITY: no UPDATE can give it a value."""
    computed: bool = False
    default: Default | None = None
    """What SQLAlchemy supplies."""
    server_default: Default | None = None
    """What PostgreSQL supplies."""
    onupdate: bool = False
    """SQLAlchemy supplies another value with every UPDATE."""
    server_onupdate: bool = False
    """PostgreSQL does, by a trigger."""
    json_schema: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """SQL that PostgreSQL evaluates for each row that is written, though it forbids nothing: a
    generated column's, or an element or predicate of an index. An error in it refuses the row.
    """

    sql: str
    where: str | None = None
    """The predicate that decides whether it is evaluated at all."""
    type: DataType | None = None
    """The type of the generated column, which has to hold the value."""
    column: str | None = None
    """The generated column."""
    stored: bool = True
    """Whether the value is kept; before PostgreSQL 18 it always is."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table. Not slotted: lookups by name are cached on the instance."""

    key: str
    """Name, qualified by the schema where it has one."""
    name: str
    schema: str | None
    label: str
    """Singular name for rows of this table in messages: `agent` in `agent#0`."""
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    computations: tuple[Computation, ...] = ()
    circular: frozenset[str] = frozenset()
    """Columns of required keys that lead back to them: see `circles`."""

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.primary_key)

    @cached_property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        return self.constraints_of(ForeignKey)

    @cached_property
    def foreign_key_columns(self) -> frozenset[str]:
        return frozenset(name for key in self.foreign_keys for name in key.columns)

    @cached_property
    def defaulted_references(self) -> frozenset[str]:
        """Columns of foreign keys that are not NULL when they are left out."""
        columns = (self.by_name[name] for name in self.foreign_key_columns)
        return frozenset(each.name for each in columns if each.default or each.server_default)

    @cached_property
    def loose_columns(self) -> frozenset[str]:
        """Columns of keys that no key is sure to supply, and that are NOT NULL: they need a value
        of their own."""
        supplied = {
            name for key in self.foreign_keys if self.is_required(key) for name in key.columns
        }
        unsupplied = self.foreign_key_columns - supplied
        return self.circular.union(n for n in unsupplied if not self.by_name[n].nullable)

    @cached_property
    def keys_by_need(self) -> tuple[ForeignKey, ...]:
        """Foreign keys in the order in which parents are chosen: the most tied ones first."""

        def ease(key: ForeignKey) -> tuple[bool, bool, int]:
            return (not self.is_required(key), key.is_self_reference, -len(key.columns))

        return tuple(sorted(self.foreign_keys, key=ease))

    @cached_property
    def types(self) -> Mapping[str, DataType]:
        return {column.name: column.type for column in self.columns}

    def constraints_of(self, kind: type[C]) -> tuple[C, ...]:
        if kind not in self._by_kind:
            self._by_kind[kind] = tuple(rule for rule in self.constraints if isinstance(rule, kind))
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[type[Constraint], tuple[Any, ...]]:
        return {}

    def is_required(self, key: ForeignKey) -> bool:
        """Whether every row must have a parent under this key."""
        nullable = [self.by_name[name].nullable for name in key.columns]
        return not (all(nullable) if key.match_full else any(nullable))


@dataclass(frozen=True, kw_only=True)
class Schema:
    """All that a target declares. `tables` stand in dependency order, parents first."""

    tables: tuple[Table, ...]
    models: tuple[Model, ...]
    warnings: tuple[str, ...] = field(default=())
    occupied: Occupied = NOTHING
    """Not declared: what the database at hand holds already."""
    untestable: Mapping[str, str] = field(default_factory=dict)
    """Key of a table that cannot have rows to the reason."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Short: Hypothesis prints strategies, and warns where that is long."""
        printer.text(f"<Schema of {plural(len(self.tables), 'table')}>")

    @cached_property
    def extensions(self) -> Mapping[str, Column]:
        """The extensions that columns have their types from, and a column for each."""
        columns = [column for table in self.tables for column in table.columns]
        return {name: column for column in columns for name in sorted(column.type.extensions)}

    @cached_property
    def by_key(self) -> Mapping[str, Table]:
        return {table.key: table for table in self.tables}

    @cached_property
    def position(self) -> Mapping[str, int]:
        return {table.key: index for index, table in enumerate(self.tables)}

    @cached_property
    def first_keys(self) -> Mapping[str, int]:
        """Table label to the number that keys of generated rows start at.

        No two tables share keys: a foreign key that refers to the wrong table would not show if
        they did. All stay below 20,000 beyond the keys of rows that exist, which leaves room for
        keys of rows that do not.
        """
        stride = max(1, min(100, 19_000 // len(self.tables)))
        return {
            table.label: index * stride + 1 + self.occupied.offset(table.key)
            for index, table in enumerate(self.tables)
        }

    @cached_property
    def by_label(self) -> Mapping[str, Table]:
        return {table.label: table for table in self.tables}

    @cached_property
    def constraints(self) -> Mapping[str, Constraint]:
        return {rule.id: rule for table in self.tables for rule in table.constraints}

    @cached_property
    def referring(self) -> Mapping[str, tuple[ForeignKey, ...]]:
        """Table key to the foreign keys that refer to it."""
        keys: dict[str, list[ForeignKey]] = {table.key: [] for table in self.tables}
        for table in self.tables:
            for key in table.foreign_keys:
                keys.setdefault(key.referred_table, []).append(key)
        return {table: tuple(found) for table, found in keys.items()}

    @cached_property
    def checked_references(self) -> frozenset[str]:
        """Tables with a CHECK that reads references: what a change does depends on their values."""
        return frozenset(
            table.key
            for table in self.tables
            for rule in table.constraints_of(Check)
            if table.foreign_key_columns & set(rule.columns)
        )

    def referred_columns(self, table: str) -> frozenset[str]:
        """The columns of a table that foreign keys refer to."""
        keys = self.referring.get(table, ())
        return frozenset(name for key in keys for name in key.referred_columns)

    @cached_property
    def models_of(self) -> Mapping[str, tuple[Model, ...]]:
        """Table key to the classes whose own table it is, base classes first."""
        found: dict[str, list[Model]] = {}
        for model in sorted(self.models, key=lambda model: len(model.bases)):
            found.setdefault(model.table, []).append(model)
        return {table: tuple(models) for table, models in found.items()}

    @cached_property
    def through(self) -> Mapping[str, tuple[Relationship, ...]]:
        """Table without a class to the many-to-many relationships that write its rows."""
        found: dict[str, list[Relationship]] = {}
        for model in self.models:
            for relationship in model.relationships:
                if relationship.secondary is None or relationship.viewonly:
                    continue
                table = self.foreign_key(relationship.secondary[0]).table
                if table not in self.models_of:
                    found.setdefault(table, []).append(relationship)
        return {table: tuple(dict.fromkeys(each)) for table, each in found.items()}

    @cached_property
    def object_tables(self) -> tuple[frozenset[str], ...]:
        """The sets of tables that each hold a row of an object of some class."""
        found = {
            frozenset(part.table for part in model.parts): None
            for model in self.models
            if not model.abstract and not model.untestable
        }
        return tuple(found)

    @cached_property
    def inheritance_keys(self) -> Mapping[str, ForeignKey]:
        """Table of a joined subclass to the key that ties its rows to those of a base class."""
        return {
            part.table: self.foreign_key(part.key)
            for model in self.models
            for part in model.parts
            if part.key is not None
        }

    @cached_property
    def models_by_table(self) -> Mapping[str, Model]:
        """The class that speaks for a table: of several, the one that is nobody's subclass."""
        return {table: models[0] for table, models in self.models_of.items()}

    def model(self, name: str) -> Model:
        for model in self.models:
            if model.name == name:
                return model
        raise InternalError(f"the schema has no model {name!r}")

    @cached_property
    def relationships(self) -> Mapping[str, Relationship]:
        """Id to relationship; of inherited ones the class that declares them has the id."""
        return {each.id: each for model in self.models for each in model.relationships}

    def relationship(self, relationship_id: str) -> Relationship:
        if relationship_id not in self.relationships:
            raise InternalError(f"the schema has no relationship {relationship_id!r}")
        return self.relationships[relationship_id]

    def reverse_of(self, relationship: Relationship) -> Relationship | None:
        """The relationship that it back-populates."""
        if relationship.back_populates is None:
            return None
        for found in self.model(relationship.target).relationships:
            if found.name == relationship.back_populates:
                return found
        return None

    def name_of(self, table: str) -> str:
        """The model's name where the table has one, else the table's."""
        model = self.models_by_table.get(table)
        return model.name if model else table

    def foreign_key(self, constraint_id: str) -> ForeignKey:
        rule = self.constraints[constraint_id]
        if not isinstance(rule, ForeignKey):
            raise InternalError(f"{constraint_id!r} is no foreign key")
        return rule
