"""Column types as pure data: what PostgreSQL stores, whatever the models call it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class TypeKind(str, Enum):
    """Families of types whose values are generated and compared alike."""

    BOOLEAN = "boolean"
    INTEGER = "integer"  # `bits` is 16, 32 or 64
    NUMERIC = "numeric"  # `precision` and `scale`, or neither
    FLOAT = "float"  # `bits` is 32 or 64
    TEXT = "text"  # `length` in characters; `fixed` for char(n)
    BYTES = "bytes"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    UUID = "uuid"
    ENUM = "enum"  # `labels` are what the database stores
    JSON = "json"
    ARRAY = "array"  # `item` is the element's type
    UNKNOWN = "unknown"  # no strategy: named, never guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class DataType:
    """One column's type. Facets that do not apply to the kind keep their defaults."""

    kind: TypeKind
    name: str
    """As PostgreSQL spells it, such as `character varying(64)`."""
    bits: int = 0
    length: int | None = None
    fixed: bool = False
    precision: int | None = None
    scale: int | None = None
    timezone: bool = False
    labels: tuple[str, ...] = ()
    members: tuple[Any, ...] = ()
    """For an enum the Python values of the labels, in the same order."""
    native: bool = True
    """For an enum whether PostgreSQL has a type of that name."""
    binary: bool = False
    """For JSON whether it is jsonb."""
    none_as_null: bool = False
    item: DataType | None = None
    source: Any = field(default=None, compare=False, repr=False)
    """The SQLAlchemy type that this was read from."""

    @property
    def integer_bounds(self) -> tuple[int, int]:
        """The least and the greatest value of an INTEGER type."""
        limit = 1 << (self.bits - 1)
        return -limit, limit - 1

    def stored(self, value: Any) -> Any:
        """The value as the database holds it: an enum member becomes its label."""
        if self.kind is TypeKind.ENUM and value in self.members:
            return self.labels[self.members.index(value)]
        return value
