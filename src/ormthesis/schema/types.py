"""Column types as pure data: what PostgreSQL stores, whatever the models call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID


class TypeKind(str, Enum):
    """Families of types whose values are generated and compared alike."""

    BOOLEAN = "boolean"
    INTEGER = "integer"  # `bits` is 16, 32 or 64; `unsigned` for oid
    NUMERIC = "numeric"  # `precision` and `scale`, or neither
    FLOAT = "float"  # `bits` is 32 or 64
    MONEY = "money"  # two digits after the point
    TEXT = "text"  # `length` in characters; `fixed` for char(n)
    CITEXT = "citext"  # compared without regard to case
    BYTES = "bytes"
    BITS = "bits"  # `length`; `fixed` for bit(n), else bit varying(n)
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    UUID = "uuid"
    NETWORK = "network"  # inet, or cidr where `fixed`
    MACADDR = "macaddr"  # `bits` is 48 or 64
    ENUM = "enum"  # `labels` are what the database stores
    WORD = "word"  # one of a few words that every server knows, in `labels`
    JSON = "json"
    HSTORE = "hstore"
    TSVECTOR = "tsvector"
    TSQUERY = "tsquery"
    ARRAY = "array"  # `item` is the element's type
    RANGE = "range"  # `item` is the type of the bounds; `multiple` for multiranges
    UNKNOWN = "unknown"  # no strategy: named, never guessed


@dataclass(frozen=True, slots=True)
class Stored:
    """A value as the database holds it, in a place where the model's value is expected.

    What a rule of the database refuses need not be a value that a TypeDecorator can send.
    """

    value: Any


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class DataType:
    """One column's type. Facets that do not apply to the kind keep their defaults."""

    kind: TypeKind
    name: str
    """As PostgreSQL spells it, such as `character varying(64)`; of a domain the type beneath."""
    bits: int = 0
    unsigned: bool = False
    length: int | None = None
    fixed: bool = False
    precision: int | None = None
    """Digits of a NUMERIC; digits of a second's fraction for times and intervals."""
    scale: int | None = None
    timezone: bool = False
    fields: str = ""
    """Of an INTERVAL, such as `DAY TO HOUR`; empty for all."""
    labels: tuple[str, ...] = ()
    members: tuple[Any, ...] = ()
    """For an enum the Python values of the labels, in the same order."""
    native: bool = True
    """For an enum whether PostgreSQL has a type of that name."""
    binary: bool = False
    """For JSON whether it is jsonb."""
    none_as_null: bool = False
    item: DataType | None = None
    multiple: bool = False
    extension: str = ""
    """The extension that brings the type, such as `citext`."""
    domain: DomainRules | None = None
    """For a DOMAIN its rules; all else is that of the type beneath it."""
    decorates: DataType | None = None
    """For a TypeDecorator the type beneath it, whose facets it shares."""
    bind: Callable[[Any], Any] = field(default=_same, compare=False, repr=False)
    """For a TypeDecorator: from the model's value to one of the type beneath."""
    result: Callable[[Any], Any] = field(default=_same, compare=False, repr=False)
    """And back."""
    source: Any = field(default=None, compare=False, repr=False)
    """The SQLAlchemy type that this was read from."""

    @property
    def integer_bounds(self) -> tuple[int, int]:
        """The least and the greatest value of an INTEGER type."""
        if self.unsigned:
            return 0, (1 << self.bits) - 1
        limit = 1 << (self.bits - 1)
        return -limit, limit - 1

    @property
    def beneath(self) -> DataType:
        """The type without decorators, of its items neither."""
        if self.decorates is not None:
            return self.decorates.beneath
        if self.item is None or self.item.beneath is self.item:
            return self
        return replace(self, item=self.item.beneath)

    @property
    def extensions(self) -> frozenset[str]:
        """The extensions that bring the type or the type of its items."""
        own = frozenset({self.extension} if self.extension else ())
        return own if self.item is None else own | self.item.extensions

    @property
    def limited(self) -> DataType:
        """What limits of length, range and labels are about: an array's items, else itself."""
        return self.item if self.kind is TypeKind.ARRAY and self.item is not None else self

    def stored(self, value: Any) -> Any:
        """The value as the database holds it: an enum member becomes its label, a decorated value
        what its type makes of it. A value that the type refuses stays as it is."""
        if isinstance(value, Stored):
            return value.value
        return value if value is None else self.flushed(value)

    def flushed(self, value: Any) -> Any:
        """`stored`, as the ORM has it: a decorator may have a word of its own for None."""
        if self.decorates is not None:
            try:
                return self.decorates.flushed(self.bind(value))
            except Exception:  # a user's type may refuse a value in its own way
                return value
        if self.kind is TypeKind.ARRAY and isinstance(value, (list, tuple)):
            return [self._item(part).flushed(part) for part in value]
        if self.kind is TypeKind.ENUM and value in self.members:
            return self.labels[self.members.index(value)]
        if self.kind is TypeKind.UUID and isinstance(value, str):
            return _uuid(value)
        return value

    def loaded(self, stored: Any) -> Any:
        """The model's value for a stored one. Raises whatever a decorator raises."""
        if self.decorates is not None:
            return self.result(self.decorates.loaded(stored))
        if self.kind is TypeKind.ARRAY and isinstance(stored, list):
            sequence = tuple if getattr(self.source, "as_tuple", False) else list
            return sequence(self._item(part).loaded(part) for part in stored)
        if self.kind is TypeKind.ENUM and stored in self.labels:
            return self.members[self.labels.index(stored)]
        if self.kind is TypeKind.UUID and not getattr(self.source, "as_uuid", True):
            return str(stored) if stored is not None else None
        return stored

    def _item(self, part: Any) -> DataType:
        """The type of an array's part: in further dimensions the array's own."""
        nested = isinstance(part, (list, tuple)) and self.item is not None
        multiple = self.item is not None and self.item.multiple
        return self if self.item is None or (nested and not multiple) else self.item


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRules:
    """The rules of a DOMAIN. `check` is SQL about VALUE."""

    name: str
    check: str | None = None
    check_name: str | None = None
    not_null: bool = False


_UNITS = {
    "MONTH": None,
    "YEAR": None,
    "DAY": timedelta(days=1),
    "HOUR": timedelta(hours=1),
    "MINUTE": timedelta(minutes=1),
}


def interval_unit(data_type: DataType) -> timedelta | None:
    """The least part that an INTERVAL with these fields keeps of a duration; None for none."""
    return _UNITS.get(data_type.fields.rpartition(" ")[2], timedelta(microseconds=1))


def _uuid(text: str) -> Any:
    try:
        return UUID(text)
    except ValueError:
        return text
