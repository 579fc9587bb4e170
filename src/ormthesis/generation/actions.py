"""Changes of rows and objects that are there, as pure data: they repeat, shrink and print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ormthesis.generation.graph import EntityRef


class ActionKind(str, Enum):
    """What is done. Each is one statement, or one flush."""

    UPDATE_ROW = "update row"  # by SQL: some columns of one row
    POINT = "point"  # through the ORM: a many-to-one attribute at another object, or at none
    PUT_IN = "put in"  # one more object in a collection, or another one in its scalar
    TAKE_OUT = "take out"  # an object out of a collection or its scalar


THROUGH_ORM = (ActionKind.POINT, ActionKind.PUT_IN, ActionKind.TAKE_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`ref` is the row, or the object, that is changed."""

    kind: ActionKind
    ref: EntityRef
    values: Mapping[str, Any] = field(default_factory=dict)
    """Column to its new value, a Python value as in `generation.graph.Row`. Of what is taken out,
    what SQL would write in its row instead."""
    relationship: str | None = None
    """The id of the relationship that is changed."""
    other: EntityRef | None = None
    """The object at its other end."""

    @property
    def refs(self) -> frozenset[EntityRef]:
        """All rows that it names."""
        return frozenset({self.ref} if self.other is None else {self.ref, self.other})

    @property
    def through_orm(self) -> bool:
        return self.kind in THROUGH_ORM

    def __str__(self) -> str:
        if self.relationship is None:
            columns = f": {', '.join(self.values)}" if self.values else ""
            return f"{self.kind.value} {self.ref}{columns}"
        name = self.relationship.rpartition(".")[2]
        match self.kind:
            case ActionKind.TAKE_OUT:
                return f"take {self.other} out of {self.ref}.{name}"
            case ActionKind.PUT_IN:
                return f"put {self.other} into {self.ref}.{name}"
            case _:
                return f"point {self.ref}.{name} at {self.other or 'nothing'}"
