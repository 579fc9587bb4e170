"""Steps of a history: what is done, one after the other, with rows that are there.

Actions are pure data and name rows by their refs, so that histories repeat, shrink and print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ormthesis.generation.graph import EntityRef


class ActionKind(str, Enum):
    """What is done. Each is one statement, or one flush."""

    UPDATE_ROW = "update row"  # by SQL: some columns of one row


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One step. `ref` is the row, or the object, that it is about."""

    kind: ActionKind
    ref: EntityRef
    values: Mapping[str, Any] = field(default_factory=dict)
    """Column to its new value, a Python value as in `generation.graph.Row`."""

    @property
    def refs(self) -> frozenset[EntityRef]:
        """All rows that it names."""
        return frozenset({self.ref})

    def __str__(self) -> str:
        columns = f": {', '.join(self.values)}" if self.values else ""
        return f"{self.kind.value} {self.ref}{columns}"
