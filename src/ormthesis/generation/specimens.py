"""A few values of every type, none of them drawn: to try a TypeDecorator with."""

from __future__ import annotations

from typing import Any

from ormthesis.generation.values_choices import choices
from ormthesis.generation.values_facets import read_facets
from ormthesis.generation.values_steps import Steps, steps_of
from ormthesis.schema.types import DataType, TypeKind

_TEXTS = ("", "a", "A b", "0", "é", "x" * 40)
_BYTES = (b"", b"\0", b"\xff", b"abc", b"0123456789abcdef")
_DOCUMENTS: tuple[Any, ...] = ({}, {"a": 1}, {"a": {"b": [None]}}, [], [1, "b"], "", 0, True, 0.5)
_MAPS: tuple[Any, ...] = ({}, {"a": "b"}, {"": None})
_FAR = 1_234_567
"""Steps from the simplest value, so that every part of a number or moment differs from it."""


def specimens(data_type: DataType) -> tuple[Any, ...]:
    """Values in the model's form; empty for types of which none is known."""
    facets = read_facets(data_type)
    listed = choices(data_type, facets, None)
    if listed is not None:
        return listed
    steps = steps_of(data_type, facets)
    if steps is not None:
        return _numbered(steps)
    if data_type.kind in (TypeKind.TEXT, TypeKind.CITEXT):
        limit = data_type.length
        return tuple(text for text in _TEXTS if limit is None or len(text) <= limit)
    if data_type.item is not None:
        row = list(specimens(data_type.item))
        return ([], row[:1], row)
    return _OTHERS.get(data_type.kind, ())


def _numbered(steps: Steps) -> tuple[Any, ...]:
    start = steps.simplest
    numbers = (start, start + 1, start - 1, start + _FAR, start + _FAR**2, start - _FAR**2)
    return tuple(steps.value(number) for number in numbers if steps.low <= number <= steps.high)


_OTHERS: dict[TypeKind, tuple[Any, ...]] = {
    TypeKind.BYTES: _BYTES,
    TypeKind.JSON: _DOCUMENTS,
    TypeKind.HSTORE: _MAPS,
}
