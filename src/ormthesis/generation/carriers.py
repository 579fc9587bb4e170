"""Values for TypeDecorators: found out from the decorator's own bind and result processing.

A decorator says nothing of the Python values that it takes. What is drawn is a value of another
type, the carrier: first of the type beneath, passed through the decorator's result processing; else
a document in JSON, where the type beneath is text; else a plain value, passed to its bind
processing. A carrier is chosen by trying a few values: how many come back equal?
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address
from typing import Any
from weakref import WeakKeyDictionary

from ormthesis.core.equality import equal
from ormthesis.generation.holdable import type_refusal
from ormthesis.generation.specimens import specimens
from ormthesis.schema.decorators import enums_of
from ormthesis.schema.types import DataType, TypeKind

ENOUGH, ENOUGH_BENEATH = 0.9, 0.75
"""A carrier of which this part comes back is taken at once; the type beneath is the likeliest."""
LEAST = 0.3
"""With less of the best one, values cannot be drawn."""

UNUSABLE = object()
"""In place of a value that the decorator refuses or changes."""

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carrier:
    """A way to a decorator's values; `type` is drawn, and `model` makes the model's value of it."""

    decorated: DataType
    type: DataType
    name: str
    """What is drawn, in words."""
    encode: Convert | None = None
    """To a value of the type beneath; None where the model's values are drawn themselves."""
    decode: Convert | None = None
    """Back from a stored value."""
    make: Convert = lambda drawn: drawn
    """Without `encode`, from what is drawn to the model's value."""
    unmake: Convert = lambda value: value

    def model(self, drawn: Any) -> Any:
        """What comes back for it, or UNUSABLE where that does not come back once more."""
        try:
            value = (
                self.make(drawn)
                if self.encode is None
                else self.decorated.result(self.encode(drawn))
            )
            settled = self.decorated.loaded(self._stored(value))
            return settled if self._is_kept(settled) else UNUSABLE
        except Exception:  # a user's type may refuse a value in its own way
            return UNUSABLE

    def drawn(self, value: Any) -> Any:
        """The drawn value behind a model's value; UNUSABLE where there is none."""
        try:
            stored = self._stored(value)
            if self.decode is not None:
                return self.decode(stored)
            return self.unmake(self.decorated.loaded(stored))
        except Exception:  # as above
            return UNUSABLE

    @property
    def is_beneath(self) -> bool:
        """Whether values of the type beneath are drawn: what CHECKs say is then built in."""
        return self.type is self.decorated.decorates

    def _is_kept(self, value: Any) -> bool:
        stored = self._stored(value)
        beneath = self.decorated.decorates
        return (
            value is not None
            and stored is not None
            and beneath is not None
            and type_refusal(beneath, stored) is None
            and equal(stored, self._stored(value))
            and equal(self.decorated.loaded(stored), value)
        )

    def _stored(self, value: Any) -> Any:
        """`DataType.stored`, which hides that a type refuses a value."""
        assert self.decorated.decorates is not None
        return self.decorated.decorates.stored(self.decorated.bind(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The carrier of a decorator, None where no way to its values was found.

    `refused` is a value that was tried and that the decorator refuses or gives back changed.
    """

    carrier: Carrier | None
    refused: Any = None


_CHOSEN: WeakKeyDictionary[Any, Choice] = WeakKeyDictionary()


def choose_carrier(data_type: DataType) -> Choice:
    """The carrier of a decorated type, looked for once for each type object."""
    if data_type.source not in _CHOSEN:
        _CHOSEN[data_type.source] = _choose(data_type)
    return _CHOSEN[data_type.source]


def _choose(data_type: DataType) -> Choice:
    best, most = Choice(carrier=None), LEAST
    for carrier in _carriers(data_type):
        tried = specimens(carrier.type)
        failing = [value for value in tried if carrier.model(value) is UNUSABLE]
        share = 1 - len(failing) / len(tried) if tried else 0
        if share >= most and (share > most or best.carrier is None):
            best, most = Choice(carrier=carrier, refused=next(iter(failing), None)), share
        if share >= (ENOUGH_BENEATH if carrier.is_beneath else ENOUGH):
            break
    return best


def _carriers(data_type: DataType) -> Iterator[Carrier]:
    beneath = data_type.decorates
    assert beneath is not None
    yield Carrier(
        decorated=data_type,
        type=beneath,
        name=f"values of {beneath.name}",
        encode=lambda value: value,
        decode=beneath.loaded,
    )
    if beneath.kind is TypeKind.TEXT:
        for name, kind in _DOCUMENTS.items():
            yield Carrier(
                decorated=data_type, type=kind, name=name, encode=json.dumps, decode=json.loads
            )
    for found in enums_of(data_type.source):
        yield Carrier(
            decorated=data_type, type=_enumeration(found), name=f"members of {found.__name__}"
        )
    for name, kind in _PLAIN.items():
        unmake: Convert = sorted if kind.kind is TypeKind.ARRAY else lambda value: value
        yield Carrier(decorated=data_type, type=kind, name=name, unmake=unmake)
    yield Carrier(
        decorated=data_type,
        type=_ADDRESS,
        name="network addresses",
        make=IPv4Address,
        unmake=int,
    )


def _enumeration(found: type[Enum]) -> DataType:
    members = tuple(found)
    labels = tuple(member.name for member in members)
    return DataType(kind=TypeKind.ENUM, name=found.__name__, labels=labels, members=members)


def _type(kind: TypeKind, **facets: Any) -> DataType:
    return DataType(kind=kind, name=kind.value, **facets)


_TEXT = _type(TypeKind.TEXT)
_DOCUMENTS = {
    "documents as JSON": _type(TypeKind.JSON),
    "lists of text as JSON": _type(TypeKind.ARRAY, item=_TEXT),
    "objects of text as JSON": _type(TypeKind.HSTORE),
}
_PLAIN = {
    "documents": _type(TypeKind.JSON),
    "lists of text": _type(TypeKind.ARRAY, item=_TEXT),
    "objects of text": _type(TypeKind.HSTORE),
    "text": _TEXT,
    "bytes": _type(TypeKind.BYTES),
    "whole numbers": _type(TypeKind.INTEGER, bits=32),
    "decimals": _type(TypeKind.NUMERIC, precision=12, scale=2),
    "date-times with a time zone": _type(TypeKind.TIMESTAMP, timezone=True),
    "date-times": _type(TypeKind.TIMESTAMP),
    "dates": _type(TypeKind.DATE),
    "durations": _type(TypeKind.INTERVAL),
    "UUIDs": _type(TypeKind.UUID),
    "truth values": _type(TypeKind.BOOLEAN),
}
_ADDRESS = _type(TypeKind.INTEGER, bits=32, unsigned=True)
