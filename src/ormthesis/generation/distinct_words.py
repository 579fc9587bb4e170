"""Networks, ranges, bits and text-search values near a given one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count, product
from typing import Any

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from ormthesis.generation.values_facets import read_facets
from ormthesis.generation.values_steps import steps_of
from ormthesis.generation.values_words import host, subnet
from ormthesis.schema.types import DataType, TypeKind

_MOST = 1 << 20


def _near_networks(data_type: DataType, _: Any) -> Iterator[Any]:
    """The first addresses of version 4, one after the other."""
    for number in range(_MOST):
        yield subnet(4, number, 0) if data_type.fixed else host(4, number, 0)


def _near_ranges(data_type: DataType, _: Any) -> Iterator[Any]:
    """Ranges from the simplest value on that grow step by step."""
    assert data_type.item is not None
    steps = steps_of(data_type.item, read_facets(data_type.item))
    if steps is None:
        return
    start = steps.value(steps.simplest)
    for length in range(1, min(_MOST, steps.high - steps.simplest)):
        found: Range[Any] = Range(start, steps.value(steps.simplest + length))
        yield MultiRange([found]) if data_type.multiple else found


def _near_bits(data_type: DataType, _: Any) -> Iterator[Any]:
    """Every string of bits, shorter ones first."""
    for length in range(0 if data_type.length is None else min(data_type.length, 64) + 1):
        yield from map("".join, product("01", repeat=length))
    if data_type.length is None:
        for length in count():
            yield from map("".join, product("01", repeat=length))


def _near_lexemes(_: DataType, __: Any) -> Iterator[Any]:
    for number in count():
        yield f"'n{number}'"


def _near_maps(_: DataType, value: Any) -> Iterator[Any]:
    for number in count():
        yield {**value, "n": str(number)}


SPELT: Mapping[TypeKind, Callable[[DataType, Any], Iterator[Any]]] = {
    TypeKind.NETWORK: _near_networks,
    TypeKind.RANGE: _near_ranges,
    TypeKind.BITS: _near_bits,
    TypeKind.TSVECTOR: _near_lexemes,
    TypeKind.TSQUERY: _near_lexemes,
    TypeKind.HSTORE: _near_maps,
}
"""Values other than a given one, in an order that does not change."""
