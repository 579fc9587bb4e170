"""Stepping aside: values near a given one that are not taken yet, for unique keys."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from itertools import count, islice
from typing import Any

from ormthesis.core.equality import hashable
from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.carriers import UNUSABLE, choose_carrier
from ormthesis.generation.distinct_text import near_bytes, near_texts
from ormthesis.generation.distinct_words import SPELT as _SPELT
from ormthesis.generation.type_registry import DEFAULT_TYPES
from ormthesis.generation.values import simplest_value
from ormthesis.generation.values_choices import choices
from ormthesis.generation.values_domains import is_kept
from ormthesis.generation.values_facets import read_facets
from ormthesis.generation.values_steps import Steps, steps_of
from ormthesis.generation.values_text import UNLIKE, lengths
from ormthesis.rules.domain import Domain
from ormthesis.rules.sql_types import has_own_collation
from ormthesis.schema.types import DataType, TypeKind

PLENTY = 10_000
"""A type with more values counts as unlimited: graphs are far smaller."""
_TRIED = 20_000
"""Values looked at before the domain counts as exhausted."""


def distinct_value(
    data_type: DataType,
    value: Any,
    taken: Container[Any],
    domain: Domain | None = None,
    *,
    accept: Callable[[Any], bool] | None = None,
) -> Any | None:
    """The value nearest to `value` whose stored form is not in `taken`; `value` itself if free.

    `accept` may refuse further values.

    Without a value, the nearest to the simplest one. Deterministic. Numbers, dates and UUIDs step
    up and down in turn, text gets a counter within its length, enumerations take the next member.
    Documents and arrays are looked up in `taken` by their `repr` where they cannot be hashed.
    None when the domain is exhausted, or after 20,000 taken values.
    """
    rule = domain or Domain()
    if value is None:
        value = _start(data_type, domain)
    for candidate in () if value is None else islice(_candidates(data_type, value, rule), _TRIED):
        stored = data_type.stored(candidate)
        fits = rule.allows(stored) and is_kept(data_type, candidate)
        free = fits and not _is_taken(data_type, stored, taken)
        if free and (accept is None or accept(candidate)):
            return candidate
    return None


def capacity(data_type: DataType, domain: Domain | None = None) -> int | None:
    """How many values the type has within the domain, None for more than 10,000."""
    if data_type.decorates is not None:
        return capacity(data_type.decorates, domain)
    facets = read_facets(data_type)
    listed = choices(data_type, facets, domain)
    if listed is not None:
        return len(listed)
    steps = steps_of(data_type, facets, domain)
    if steps is not None:
        inside = steps.within(domain)
        number = inside.count if inside is not None else 0
        return number if number <= PLENTY else None
    _, most = lengths(data_type, domain or Domain())
    return 1 if most == 0 else None


def _is_taken(data_type: DataType, stored: Any, taken: Container[Any]) -> bool:
    if data_type.fixed and isinstance(stored, str):
        padded = stored.ljust(data_type.length or 1)
        return padded in taken or stored.rstrip(" ") in taken
    return hashable(stored) in taken


def _candidates(data_type: DataType, value: Any, rule: Domain) -> Iterator[Any]:
    """The value, then others of the type, nearest first."""
    if DEFAULT_TYPES.find(data_type.source) is not None or data_type.kind is TypeKind.UNKNOWN:
        yield value
        return
    if data_type.decorates is not None:
        yield value
        yield from _decorated(data_type, value, rule)
        return
    facets = read_facets(data_type)
    listed = choices(data_type, facets, rule)
    if listed is not None:
        start = listed.index(value) if value in listed else 0
        yield from listed[start:] + listed[:start]
        return
    yield value
    if (steps := steps_of(data_type, facets, rule)) is not None:
        inside = steps.within(rule)
        if inside is not None:
            yield from _whole_numbers(data_type, value, inside)
            yield from _neighbours(value, inside)
    elif data_type.kind in _SPELT:
        yield from _SPELT[data_type.kind](data_type, value)
    elif data_type.kind is TypeKind.TEXT:
        unlike = has_own_collation(data_type)
        near = near_texts(value, lengths(data_type, rule)[1])
        yield from (text for text in near if not unlike or text[-1:] in UNLIKE)
    elif data_type.kind is TypeKind.CITEXT:
        yield from (near for near in near_texts(value, None) if near == near.lower())
    elif data_type.kind is TypeKind.BYTES:
        yield from near_bytes(value, lengths(data_type, rule)[1])
    elif data_type.item is not None:
        yield from _arrays(data_type.item, value)
    else:
        yield from _documents(value)


def _start(data_type: DataType, domain: Domain | None) -> Any:
    try:
        return simplest_value(data_type, domain)
    except UnsupportedTypeError:
        return None


def _decorated(data_type: DataType, value: Any, rule: Domain) -> Iterator[Any]:
    """Values made of those near the one that is behind this one."""
    carrier = choose_carrier(data_type).carrier
    if carrier is not None:
        drawn = carrier.drawn(value)
        start = _start(carrier.type, None) if drawn is UNUSABLE else drawn
        near = _candidates(carrier.type, start, rule if carrier.is_beneath else Domain())
        models = map(carrier.model, near)
        yield from (model for model in models if model is not UNUSABLE)


def _neighbours(value: Any, steps: Steps) -> Iterator[Any]:
    """One step up, one down, two up, and so on to both ends."""
    here = round(min(max(steps.position(value), steps.low), steps.high))
    yield steps.value(here)
    for distance in range(1, max(steps.high - here, here - steps.low) + 1):
        for number in (here + distance, here - distance):
            if steps.low <= number <= steps.high:
                yield steps.value(number)


def _whole_numbers(data_type: DataType, value: Any, steps: Steps) -> Iterator[Any]:
    """For floats: their own steps are too small to read."""
    if data_type.kind is TypeKind.FLOAT and abs(value) < 1_000_000:
        for distance in range(1, 1000):
            for near in (value + distance, value - distance):
                if steps.low <= steps.position(near) <= steps.high:
                    yield near


def _arrays(item: DataType, value: Any) -> Iterator[Any]:
    """The array with another last item, one that starts as simple as an item can be."""
    sequence = type(value)
    start = value[-1] if value else simplest_value(item)
    if not isinstance(start, list | tuple):
        for last in _candidates(item, start, Domain()):
            if is_kept(item, last):
                yield sequence([*value[:-1], last])


def _documents(value: Any) -> Iterator[Any]:
    """The object with a counter added, or the counter alone."""
    for number in count():
        yield {**value, "n": number} if isinstance(value, dict) else number
