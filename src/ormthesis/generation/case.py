"""A case: a graph, an operation on it, and in invalid mode the one mutation that breaks a rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from ormthesis.generation.actions import Action
from ormthesis.generation.graph import EntityGraph, EntityRef


class GenerationMode(str, Enum):
    VALID = "valid"
    INVALID = "invalid"


class MutationKind(str, Enum):
    """How a mutation breaks its rule."""

    NULL = "null"  # a value removed from a NOT NULL column
    DUPLICATE = "duplicate"  # a key copied from another row
    DANGLING = "dangling"  # a reference to a row that does not exist
    BREAK = "break"  # values that make a CHECK false
    LABEL = "label"  # a label outside the enumeration
    TOO_LONG = "too-long"  # one character more than fits
    OUT_OF_RANGE = "out-of-range"  # one step beyond the type's bounds
    DOCUMENT = "document"  # a JSON document that its schema refuses
    EDGE = "edge"  # a boundary value that breaks nothing and must be accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One column of the mutated row. Key values are real: the graph's rows are resolved first."""

    column: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One recorded change to one draft; `constraint` is the id of the rule that it is about."""

    kind: MutationKind
    constraint: str
    ref: EntityRef
    changes: tuple[Change, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(change.column for change in self.changes)


class OperationKind(str, Enum):
    """What is done with the graph. `ROWS` are written as SQL, `OBJECTS` through the ORM."""

    INSERT_ROWS = "insert rows"
    INSERT_OBJECTS = "insert objects"
    DELETE_ROW = "delete row"
    DELETE_OBJECT = "delete object"
    CHANGE = "change"  # one action on what is there
    VALIDATE = "set attribute"  # only the model is asked, not the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    kind: OperationKind
    ref: EntityRef | None = None
    """The row that a delete is about."""
    loaded: bool = False
    """Whether a delete through the ORM loads the collections first."""
    related: tuple[str, ...] = ()
    """Ids of the relationships through which written objects are looked at."""
    model: str | None = None
    """The class of objects whose rows several unrelated classes could have."""
    through: str | None = None
    """The id of the relationship that shall write the rows of its secondary table."""
    whole: bool = False
    """Whether a delete by SQL is about all rows of an object, its subclass's first."""
    action: Action | None = None
    """What a change does."""
    asks: str | None = None
    """The id of the user's invariant that is asked afterwards."""

    @property
    def is_later(self) -> bool:
        """Whether it is done with rows that are there, committed."""
        return self.kind in _LATER

    @property
    def refs(self) -> frozenset[EntityRef]:
        """The rows that it names."""
        if self.action is not None:
            return self.action.refs
        return frozenset() if self.ref is None else frozenset({self.ref})

    @property
    def through_orm(self) -> bool:
        """Whether it is done with objects, by the unit of work."""
        if self.action is not None:
            return self.action.through_orm
        return self.kind in (OperationKind.INSERT_OBJECTS, OperationKind.DELETE_OBJECT)

    def __str__(self) -> str:
        if self.action is not None:
            return str(self.action)
        if self.asks:
            return f"{self.kind.value}, then ask {self.asks.rpartition('::')[2]}"
        loaded = " with its collections loaded" if self.loaded else ""
        return f"{self.kind.value} {self.ref}{loaded}" if self.ref else self.kind.value


_LATER = (OperationKind.DELETE_ROW, OperationKind.DELETE_OBJECT, OperationKind.CHANGE)

INSERT_ROWS = Operation(kind=OperationKind.INSERT_ROWS)
INSERT_OBJECTS = Operation(kind=OperationKind.INSERT_OBJECTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One experiment; `constraint` is the rule that it is evidence for, where it is for one."""

    graph: EntityGraph
    operation: Operation = INSERT_ROWS
    mutation: Mutation | None = None
    subject: str = ""
    """What the case is about: a constraint's id, a relationship's, or a model's name."""

    @property
    def mode(self) -> GenerationMode:
        valid = self.mutation is None or self.mutation.kind is MutationKind.EDGE
        return GenerationMode.VALID if valid else GenerationMode.INVALID
